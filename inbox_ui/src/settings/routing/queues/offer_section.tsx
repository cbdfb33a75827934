import { NumberInput, Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Queue } from "@/api/types";
import { lengthOf } from "@/ui/time";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** How an agent gets a conversation: asked first, or at once. */
export function OfferSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { accept, offer_s } = form.values;
  return (
    <Section
      name="offer"
      title={t("queue.accept")}
      summary={t(`queue.accept_${accept}`, { time: lengthOf(offer_s) })}
    >
      <Radio.Group
        label={t("queue.accept_label")}
        value={accept}
        onChange={(value) => form.setFieldValue("accept", value as Queue["accept"])}
      >
        <Stack gap="xs" mt="xs">
          {(["ask", "auto"] as const).map((name) => (
            <Radio
              key={name}
              value={name}
              label={t(`queue.accept_${name}_label`)}
              description={t(`queue.accept_${name}_text`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {accept === "ask" && (
        <>
          <SecondsInput
            label={t("queue.offer_time")}
            description={t("queue.offer_time_help")}
            value={offer_s}
            min={5}
            max={600}
            error={form.errors.offer_s}
            onChange={(value) => form.setFieldValue("offer_s", value)}
          />
          <NumberInput
            label={t("queue.missed_limit")}
            description={t("queue.missed_limit_help")}
            min={0}
            max={20}
            {...form.getInputProps("missed_limit")}
          />
        </>
      )}
    </Section>
  );
}
