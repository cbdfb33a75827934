import { create } from "zustand";

export interface FreshSecret {
  label: string;
  value: string;
}

/** Secrets made up in this tab, until it is loaded again: the hub never gives them out. */
const useStore = create<Record<string, FreshSecret[]>>(() => ({}));

export function rememberFresh(inboxId: string, secrets: FreshSecret[]): void {
  if (secrets.length > 0) useStore.setState({ [inboxId]: secrets });
}

const NONE: FreshSecret[] = [];

export const useFresh = (inboxId: string): FreshSecret[] =>
  useStore((state) => state[inboxId] ?? NONE);
