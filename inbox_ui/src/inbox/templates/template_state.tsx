import { useTranslation } from "react-i18next";
import type { Template } from "@/api/types";
import css from "./templates.module.css";

const TONES: Record<Template["state"], string> = {
  approved: "good",
  pending: "warn",
  paused: "warn",
  rejected: "bad",
  disabled: "bad",
};

export function TemplateState({ template }: { template: Template }) {
  const { t } = useTranslation();
  return (
    <span className={css.state} data-tone={TONES[template.state]}>
      {t(`template.state_${template.state}`)}
    </span>
  );
}
