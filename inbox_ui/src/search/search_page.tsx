import { Button, Select, Skeleton, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys, type SearchFilter } from "@/api/keys";
import { inboxesQuery } from "@/api/queries";
import type { SearchSearch } from "@/search_params";
import { Empty } from "@/ui/empty";
import { Fault } from "@/ui/fault";
import { Hit } from "./hit";
import css from "./search.module.css";

/** Full text over everything that was said; the question stands in the address. */
export function SearchPage() {
  const { t } = useTranslation();
  const filter = useSearch({ from: "/app/search" });
  const navigate = useNavigate();
  const list = useRef<HTMLUListElement>(null);
  const [text, setText] = useState(filter.text ?? "");
  const set = (change: { [K in keyof SearchSearch]?: SearchSearch[K] | undefined }) => {
    const given = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    void navigate({ to: "/search", search: Object.fromEntries(given), replace: true });
  };
  const ask = useDebouncedCallback((value: string) => set({ text: value.trim() }), 250);
  return (
    <div className={css.page}>
      <h1>{t("shell.search")}</h1>
      <TextInput
        size="md"
        type="search"
        autoFocus
        leftSection={<Search size={18} />}
        aria-label={t("search.label")}
        placeholder={t("search.hint")}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          ask(event.currentTarget.value);
        }}
        onKeyDown={(event) => event.key === "ArrowDown" && focusHit(list.current, 0, event)}
      />
      <Filters filter={filter} set={set} />
      {filter.text ? (
        <Hits filter={{ ...filter, text: filter.text }} list={list} />
      ) : (
        <Empty title={t("search.begin")} text={t("search.begin_text")} />
      )}
    </div>
  );
}

interface FiltersProps {
  filter: SearchSearch;
  set: (change: { [K in keyof SearchSearch]?: SearchSearch[K] | undefined }) => void;
}

function Filters({ filter, set }: FiltersProps) {
  const { t } = useTranslation();
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const day = (at: number | undefined) => (at ? new Date(at) : null);
  const at = (value: string | null) => (value ? Date.parse(`${value}T00:00`) : undefined);
  return (
    <div className={css.filters}>
      <Select
        size="xs"
        clearable
        aria-label={t("search.kind")}
        placeholder={t("search.kind")}
        value={filter.kind ?? null}
        data={[
          { value: "message", label: t("search.messages") },
          { value: "note", label: t("search.notes") },
        ]}
        onChange={(value) => set({ kind: (value as "message" | "note") ?? undefined })}
      />
      <Select
        size="xs"
        clearable
        aria-label={t("filter.inbox_id")}
        placeholder={t("filter.inbox_id")}
        value={filter.inbox_id ?? null}
        data={inboxes.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(value) => set({ inbox_id: value ?? undefined })}
      />
      <Select
        size="xs"
        clearable
        aria-label={t("search.state")}
        placeholder={t("search.state")}
        value={filter.state ?? null}
        data={(["open", "snoozed", "closed"] as const).map((value) => ({
          value,
          label: t(`state.${value}`),
        }))}
        onChange={(value) => set({ state: (value as SearchFilter["state"]) ?? undefined })}
      />
      <DatePickerInput
        size="xs"
        clearable
        aria-label={t("search.since")}
        placeholder={t("search.since")}
        value={day(filter.since)}
        onChange={(value) => set({ since: at(value) })}
      />
      <DatePickerInput
        size="xs"
        clearable
        aria-label={t("search.until")}
        placeholder={t("search.until")}
        value={day(filter.until)}
        onChange={(value) => set({ until: at(value) })}
      />
    </div>
  );
}

interface HitsProps {
  filter: SearchFilter;
  list: React.RefObject<HTMLUListElement | null>;
}

function Hits({ filter, list }: HitsProps) {
  const { t } = useTranslation();
  const found = useInfiniteQuery({
    queryKey: keys.search(filter),
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(api.GET("/api/v1/search", { params: { query: { ...filter, after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (old) => old,
  });
  if (found.isPending) return <Skeleton mt="md" height={240} />;
  if (found.isError) return <Fault error={found.error} onRetry={() => void found.refetch()} />;
  const hits = found.data.pages.flatMap((page) => page.items);
  if (hits.length === 0)
    return <Empty title={t("search.nothing")} text={t("search.nothing_text")} />;
  const onKeyDown = (event: KeyboardEvent) => {
    const here = [...(list.current?.querySelectorAll("a") ?? [])].indexOf(
      document.activeElement as HTMLAnchorElement,
    );
    if (event.key === "ArrowDown") focusHit(list.current, here + 1, event);
    if (event.key === "ArrowUp") focusHit(list.current, here - 1, event);
  };
  return (
    <>
      <p className="hidden-visually" role="status">
        {t("search.count", { count: hits.length })}
      </p>
      <ul ref={list} className={css.hits} onKeyDown={onKeyDown}>
        {hits.map((hit) => (
          <Hit key={`${hit.message.conversation_id}.${hit.message.seq}`} hit={hit} />
        ))}
      </ul>
      {found.hasNextPage && (
        <Button
          variant="default"
          loading={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {t("common.show_more")}
        </Button>
      )}
    </>
  );
}

function focusHit(list: HTMLElement | null, index: number, event: KeyboardEvent): void {
  const link = list?.querySelectorAll("a")[index];
  if (!link) return;
  event.preventDefault();
  link.focus();
}
