import { useEffect, useRef } from "react";
import { create } from "zustand";
import type { Quote } from "./draft";

/** What other places want of the open composer. */
export type Ask =
  | { kind: "quote"; quote: Quote }
  | { kind: "quote_last" }
  | { kind: "insert"; text: string }
  | { kind: "ways" }
  | { kind: "templates" };

const useAsks = create<{ last: Ask | undefined }>(() => ({ last: undefined }));

export const ask = (what: Ask): void => useAsks.setState({ last: { ...what } });

/** Only the composer listens. */
export function useAsked(take: (what: Ask) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => useAsks.subscribe(({ last }) => last && latest.current(last)), []);
}
