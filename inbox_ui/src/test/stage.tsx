import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import axe from "axe-core";
import type { ReactNode } from "react";
import { vi } from "vitest";
import type { Me } from "@/api/types";
import type { Live } from "@/live/live";
import { SessionContext } from "@/shell/session";
import { me } from "./samples";

export interface Asked {
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  body: unknown;
}

/** Answers by "METHOD /path"; keeps what was asked. Without an answer: 404. */
export function stubHub(answers: Record<string, unknown>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const path = url.pathname.replace("/api/v1", "");
    const query = Object.fromEntries(url.searchParams);
    const text = await request.text();
    asked.push({ method: request.method, path, query, body: text ? JSON.parse(text) : undefined });
    const answer = await answers[`${request.method} ${path}`];
    if (answer === undefined) return Response.json({ code: "not_found" }, { status: 404 });
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  });
  return asked;
}

/** Something of the app with all that stands around it; resolves when the router has drawn it. */
export async function stage(
  children: ReactNode,
  who: Partial<Me> = {},
  client = new QueryClient(),
) {
  const root = createRootRoute({ component: () => <main id="main">{children}</main> });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  await router.load();
  const session = { me: me(who), live: {} as Live };
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <SessionContext value={session}>
          <RouterProvider router={router as never} />
        </SessionContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** What axe finds wrong; colours need a real browser. */
export async function faultsOf(element: Element): Promise<string[]> {
  const { violations } = await axe.run(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
