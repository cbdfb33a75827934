import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { recall, remember } from "@/ui/local";
import css from "./thread.module.css";

/** Does the timeline also show what routing tried? This browser remembers it. */
export const useDetails = create<{ isOn: boolean }>(() => ({
  isOn: recall("thread.details", false),
}));

function toggle(): void {
  const isOn = !useDetails.getState().isOn;
  remember("thread.details", isOn);
  useDetails.setState({ isOn });
}

/** Stands over a timeline in which something is hidden. */
export function DetailsSwitch({ hidden }: { hidden: number }) {
  const { t } = useTranslation();
  const isOn = useDetails((state) => state.isOn);
  if (hidden === 0) return null;
  return (
    <button type="button" className={css.details} aria-pressed={isOn} onClick={toggle}>
      {isOn ? t("thread.hide_details") : t("thread.show_details", { count: hidden })}
    </button>
  );
}
