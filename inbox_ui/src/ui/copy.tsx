import { ActionIcon, Code, Group, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";

/** A text to take elsewhere, with a button that copies it. */
export function CopyText({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  const name = clipboard.copied ? t("common.copied") : t("common.copy", { what: label });
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Code block style={{ flex: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <Tooltip label={name}>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={name}
          onClick={() => clipboard.copy(text)}
        >
          {clipboard.copied ? <Check size={16} /> : <Copy size={16} />}
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
