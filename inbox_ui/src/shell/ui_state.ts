import { create } from "zustand";
import { recall, remember } from "@/ui/local";

export type Picker = "assign" | "labels" | "snooze" | "priority" | "macros";
export type Dialog = "help" | "new_conversation" | "transfer" | "invite" | "close";
export type ComposerKind = "message" | "note";

interface UiState {
  /** The header's menu that is open. */
  picker: Picker | undefined;
  dialog: Dialog | undefined;
  isNavOpen: boolean;
  isPresenceOpen: boolean;
  isPanelOpen: boolean;
  composerKind: ComposerKind;
  /** Grows when the composer should take the focus. */
  focusTick: number;
  /** The conversations on the list, in order, for next and previous. */
  listIds: readonly string[];
}

export const useUi = create<UiState>(() => ({
  picker: undefined,
  dialog: undefined,
  isNavOpen: false,
  isPresenceOpen: false,
  isPanelOpen: recall("panel", true),
  composerKind: "message",
  focusTick: 0,
  listIds: [],
}));

export const openPicker = (picker: Picker | undefined) => useUi.setState({ picker });
export const openDialog = (dialog: UiState["dialog"]) => useUi.setState({ dialog });

export function togglePanel(): void {
  const isPanelOpen = !useUi.getState().isPanelOpen;
  remember("panel", isPanelOpen);
  useUi.setState({ isPanelOpen });
}

export function compose(composerKind: ComposerKind): void {
  useUi.setState(({ focusTick }) => ({ composerKind, focusTick: focusTick + 1 }));
}
