import { type QueryKey, queryOptions } from "@tanstack/react-query";

/** A small list that `settings` and other live events keep fresh: never stale by itself. */
export const kept = <T, K extends QueryKey>(queryKey: K, queryFn: () => Promise<T>) =>
  queryOptions({ queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY });
