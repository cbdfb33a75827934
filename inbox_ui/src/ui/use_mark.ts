import { useSyncExternalStore } from "react";
import { recall, remember } from "./local";

const listeners = new Set<() => void>();

/** A mark that this browser keeps; every place that shows it changes at once. */
export function useMark(name: string): [boolean, () => void] {
  const isSet = useSyncExternalStore(subscribe, () => recall(name, false));
  const set = () => {
    remember(name, true);
    for (const tell of listeners) tell();
  };
  return [isSet, set];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
