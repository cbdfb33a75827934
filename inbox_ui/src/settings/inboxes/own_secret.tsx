import { Button, Group, PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy, WandSparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { newClientId } from "@/ui/ids";

interface Props extends Omit<PasswordInputProps, "onChange"> {
  value: string;
  /** There is one already, which is never shown. */
  isSet: boolean;
  onChange: (value: string) => void;
}

/** A secret of one's own choice: can be made up here, and copied for the other end. */
export function OwnSecret({ isSet, onChange, ...input }: Props) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  const [isVisible, setVisible] = useState(false);
  return (
    <div>
      <PasswordInput
        {...input}
        autoComplete="new-password"
        visible={isVisible}
        onVisibilityChange={setVisible}
        placeholder={isSet ? t("inboxes.secret_set") : (input.placeholder ?? "")}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group gap="xs" mt={6}>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<WandSparkles size={13} />}
          onClick={() => {
            onChange(newClientId());
            setVisible(true);
          }}
        >
          {t("inboxes.make_secret")}
        </Button>
        {input.value !== "" && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={clipboard.copied ? <Check size={13} /> : <Copy size={13} />}
            onClick={() => clipboard.copy(input.value)}
          >
            {t(clipboard.copied ? "common.copied" : "inboxes.copy_secret")}
          </Button>
        )}
      </Group>
    </div>
  );
}
