import { createContext, type PropsWithChildren, useContext, useEffect, useState } from "react";
import { exactTime, relativeTime, shortTime } from "./time";

const Now = createContext(0);

/** One clock for all relative times on the page. */
export function NowProvider({ children }: PropsWithChildren) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 20_000);
    return () => clearInterval(timer);
  }, []);
  return <Now value={now}>{children}</Now>;
}

export const useNow = (): number => useContext(Now) || Date.now();

interface Props {
  at: number;
  /** As little as fits a row, instead of "5 minutes ago". */
  isShort?: boolean;
}

/** A relative time with the exact one on hover. */
export function Time({ at, isShort = false }: Props) {
  const now = useNow();
  const text = isShort ? shortTime(at, now) : relativeTime(at, now);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {text}
    </time>
  );
}
