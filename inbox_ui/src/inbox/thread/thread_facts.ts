import { createContext, useContext } from "react";
import type { Capabilities } from "@/api/types";

/** What the items of a timeline ask of the whole, so that each row needs no queries of its own. */
export interface ThreadFacts {
  canOf: (inboxId: string) => Capabilities | undefined;
  /** Shows the message, loading what lies between. */
  jump: (seq: number) => void;
}

const Facts = createContext<ThreadFacts>({ canOf: () => undefined, jump: () => {} });

export const ThreadFactsProvider = Facts.Provider;
export const useThreadFacts = (): ThreadFacts => useContext(Facts);
