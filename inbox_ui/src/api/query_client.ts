import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";
import { keys } from "./keys";

/** Live events keep the caches fresh, so nothing is fetched again just because a window got the focus. */
export function createAppClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const isSignedOut = error instanceof ApiError && error.isSignedOut;
        if (isSignedOut && query.queryKey !== keys.me) signOut(client);
      },
    }),
    defaultOptions: {
      queries: { staleTime: 30_000, refetchOnWindowFocus: false, retry: shouldRetry },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return client;
}

function shouldRetry(count: number, error: Error): boolean {
  return error instanceof ApiError && error.isUnreachable && count < 4;
}

/** The session is over: forget everything of this person and show the sign-in page. */
export function signOut(client: QueryClient): void {
  client.clear();
  const from = globalThis.location.pathname + globalThis.location.search;
  if (!from.startsWith("/sign-in")) {
    globalThis.location.assign(`/sign-in?from=${encodeURIComponent(from)}`);
  }
}
