import type { TFunction } from "i18next";
import type { QueueSettings } from "@/api/types";

/** What the hub would refuse, by field, so that it is told beside it. */
export function faultsOf(values: QueueSettings, t: TFunction): Record<string, string> {
  const faults: Record<string, string> = {};
  if (!values.name.trim()) faults.name = t("common.needed");
  const { action, queue_id } = values.outside;
  if (values.schedule_id && action === "queue" && !queue_id) {
    faults["outside.queue_id"] = t("queue.choose_queue");
  }
  values.overflow.forEach((rule, index) => {
    const fault = overflowFault(rule, t);
    if (fault) faults[`overflow.${index}`] = fault;
  });
  values.dispositions.forEach(({ name }, index) => {
    if (!name.trim()) faults[`dispositions.${index}`] = t("common.needed");
  });
  values.form.forEach(({ label, kind, options }, index) => {
    if (!label.trim()) faults[`form.${index}`] = t("common.needed");
    else if (kind === "choice" && options.length === 0)
      faults[`form.${index}`] = t("queue.no_choices");
  });
  return faults;
}

function overflowFault(rule: QueueSettings["overflow"][number], t: TFunction): string {
  if (rule.action === "queue" && !rule.queue_id) return t("queue.choose_queue");
  if (rule.action === "message" && !rule.text.trim()) return t("common.needed");
  return rule.after_wait_s || rule.over_length ? "" : t("queue.rule_needs");
}

const SECTIONS: Record<string, string> = {
  members: "people",
  team_ids: "people",
  needs: "skills",
  offer_s: "offer",
  outside: "hours",
  schedule_id: "hours",
  overflow: "overflow",
  sla: "sla",
  waiting_text: "waiting",
  dispositions: "wrap_up",
  wrap_up_s: "wrap_up",
  script: "script",
  form: "script",
  alert_length: "alerts",
};

/** Where on the page a field stands; "" for the head. */
export const sectionOf = (field: string): string => SECTIONS[field.split(".")[0] ?? ""] ?? "";
