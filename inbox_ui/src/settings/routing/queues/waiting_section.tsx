import { Button, Group, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "../routing.module.css";
import { Section } from "./section";
import type { QueueForm } from "./values";

const HOLES = ["place", "wait"] as const;

/** What the customer is told when the waiting begins, as it will be read. */
export function WaitingSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { waiting_text } = form.values;
  const add = (text: string) => form.setFieldValue("waiting_text", text);
  const preview = waiting_text
    .replace(/\{\{\s*place\s*\}\}/g, "3")
    .replace(/\{\{\s*wait\s*\}\}/g, t("queue.wait_example"));
  return (
    <Section
      name="waiting"
      title={t("queue.waiting_text")}
      summary={waiting_text || t("queue.waiting_text_none")}
    >
      <Textarea
        label={t("queue.waiting_text_label")}
        description={t("queue.waiting_text_help")}
        autosize
        minRows={2}
        maxLength={1000}
        {...form.getInputProps("waiting_text")}
      />
      <Group gap="xs">
        {HOLES.map((hole) => (
          <Button
            key={hole}
            size="compact-xs"
            variant="default"
            onClick={() => add(`${waiting_text} {{ ${hole} }}`.trim())}
          >
            + {t(`queue.hole_${hole}`)}
          </Button>
        ))}
        {!waiting_text && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() =>
              add(t("queue.waiting_text_example", { place: "{{ place }}", wait: "{{ wait }}" }))
            }
          >
            {t("queue.use_example")}
          </Button>
        )}
      </Group>
      {preview && (
        <div className={css.preview}>
          <p className={css.soft}>{t("queue.preview")}</p>
          <p className={css.bubble}>{preview}</p>
        </div>
      )}
    </Section>
  );
}
