import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Queue } from "@/api/types";
import { SecondsInput } from "../seconds_input";
import { Section } from "./section";
import type { QueueForm } from "./values";

/** The ones that most want first. */
const STRATEGIES: Queue["strategy"][] = [
  "longest_idle",
  "least_loaded",
  "round_robin",
  "fewest_handled",
  "least_talk",
  "ring_all",
  "ring_progressively",
  "top_down",
  "agent_order",
  "random",
];

/** In whose favour a free choice falls. */
export function StrategySection({ form }: { form: QueueForm }) {
  const { t } = useTranslation();
  const { strategy, preferred_wait_s, ring_step_s } = form.values;
  return (
    <Section name="strategy" title={t("queue.strategy")} summary={t(`strategy.${strategy}`)}>
      <Radio.Group
        label={t("queue.strategy_label")}
        value={strategy}
        onChange={(value) => form.setFieldValue("strategy", value as Queue["strategy"])}
      >
        <Stack gap="xs" mt="xs">
          {STRATEGIES.map((name) => (
            <Radio
              key={name}
              value={name}
              label={t(`strategy.${name}`)}
              description={t(`strategy.${name}_text`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {strategy === "ring_progressively" && (
        <SecondsInput
          label={t("queue.ring_step")}
          value={ring_step_s}
          min={1}
          max={600}
          onChange={(value) => form.setFieldValue("ring_step_s", value)}
        />
      )}
      <SecondsInput
        label={t("queue.preferred")}
        description={t("queue.preferred_help")}
        none={t("queue.preferred_none")}
        value={preferred_wait_s}
        onChange={(value) => form.setFieldValue("preferred_wait_s", value)}
      />
    </Section>
  );
}
