import { NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { lengthOf } from "@/ui/time";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** When the wallboard should cry out. */
export function AlertsSection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { alert_length, alert_wait_s } = form.values;
  const facts = [
    alert_length ? t("queue.alert_length_short", { count: alert_length }) : "",
    alert_wait_s ? t("queue.alert_wait_short", { time: lengthOf(alert_wait_s) }) : "",
  ];
  return (
    <Section
      name="alerts"
      title={t("queue.alerts")}
      summary={facts.filter(Boolean).join(" · ") || t("queue.alerts_none")}
    >
      <NumberInput
        label={t("queue.alert_length")}
        placeholder={t("queue.never")}
        min={0}
        value={alert_length || ""}
        onChange={(value) => form.setFieldValue("alert_length", Number(value) || 0)}
      />
      <SecondsInput
        label={t("queue.alert_wait")}
        none={t("queue.never")}
        value={alert_wait_s}
        onChange={(value) => form.setFieldValue("alert_wait_s", value)}
      />
    </Section>
  );
}
