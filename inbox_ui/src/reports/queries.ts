import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import type { components, operations } from "@/api/schema.gen";

export type Report = components["schemas"]["ReportView"];
export type Row = components["schemas"]["ReportRow"];
export type Point = components["schemas"]["ReportPoint"];
export type Measure = components["schemas"]["MeasureView"];
export type LogRow = components["schemas"]["LogRow"];
export type ReportQuery = NonNullable<operations["get_report"]["parameters"]["query"]>;
export type LogQuery = NonNullable<operations["list_log"]["parameters"]["query"]>;

/** Counted every few seconds; what is on screen may be a minute old. */
const FRESH_MS = 60_000;

export const reportQuery = (query: ReportQuery) =>
  queryOptions({
    queryKey: ["reports", query] as const,
    queryFn: () => need(api.GET("/api/v1/reports", { params: { query } })),
    staleTime: FRESH_MS,
    refetchInterval: FRESH_MS,
    placeholderData: keepPreviousData,
  });

export const logQuery = (query: LogQuery) =>
  infiniteQueryOptions({
    queryKey: ["log", query] as const,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(api.GET("/api/v1/log", { params: { query: { ...query, after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: FRESH_MS,
  });

/** The number of a row or a point by its name, whether it is counted or calculated. */
export function numberOf(row: Row | Point, name: string): number | null {
  if (name in row.measures) return row.measures[name] ?? null;
  return (row.tally as Record<string, number | undefined>)[name] ?? 0;
}
