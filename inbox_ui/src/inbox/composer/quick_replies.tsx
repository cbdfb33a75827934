import { TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  values: string[];
  /** Buttons, and letters on each, that the channel takes; 0: it does not say. */
  most: number;
  maxChars: number;
  onChange: (values: string[]) => void;
}

/** Buttons that the customer gets under the message. */
export function QuickReplies({ values, most, maxChars, onChange }: Props) {
  const { t } = useTranslation();
  const tooMany = most > 0 && values.length > most;
  const tooLong = values.filter((text) => text.length > maxChars);
  const fault = tooMany
    ? t("composer.quick_replies_many", { count: most })
    : tooLong.length > 0 && t("composer.quick_replies_long", { count: maxChars, text: tooLong[0] });
  return (
    <TagsInput
      size="xs"
      variant="unstyled"
      autoFocus={values.length === 0}
      aria-label={t("composer.quick_replies")}
      placeholder={values.length === 0 ? t("composer.quick_replies_hint") : ""}
      error={fault}
      value={values}
      maxTags={most || 10}
      onChange={(next) => onChange(next.map((text) => text.slice(0, maxChars)))}
    />
  );
}
