import { TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  values: string[];
  onChange: (values: string[]) => void;
}

/** Buttons that the customer gets under the message. */
export function QuickReplies({ values, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <TagsInput
      size="xs"
      variant="unstyled"
      autoFocus={values.length === 0}
      aria-label={t("composer.quick_replies")}
      placeholder={values.length === 0 ? t("composer.quick_replies_hint") : ""}
      value={values}
      maxTags={10}
      onChange={(next) => onChange(next.map((text) => text.slice(0, 80)))}
    />
  );
}
