import { useTranslation } from "react-i18next";
import { lengthOf } from "@/ui/time";
import css from "../routing.module.css";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** Who goes before whom, told as minutes of waiting, so that nobody waits for ever. */
export function PrioritySection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { priority_step_s, vip_boost_s, weight_s } = form.values;
  return (
    <Section
      name="priority"
      title={t("queue.priority")}
      summary={t("queue.priority_summary", {
        step: lengthOf(priority_step_s),
        vip: lengthOf(vip_boost_s),
      })}
    >
      <p className={css.soft}>{t("queue.priority_text")}</p>
      <SecondsInput
        label={t("queue.priority_step")}
        value={priority_step_s}
        onChange={(value) => form.setFieldValue("priority_step_s", value)}
      />
      <SecondsInput
        label={t("queue.vip_boost")}
        value={vip_boost_s}
        onChange={(value) => form.setFieldValue("vip_boost_s", value)}
      />
      <SecondsInput
        label={t("queue.weight")}
        description={t("queue.weight_help")}
        value={weight_s}
        onChange={(value) => form.setFieldValue("weight_s", value)}
      />
    </Section>
  );
}
