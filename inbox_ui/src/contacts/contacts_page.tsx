import { ActionIcon, Skeleton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Search, UserPlus } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { PHONE } from "@/shell/navigation";
import { Avatar } from "@/ui/avatar";
import { Empty } from "@/ui/empty";
import { Fault } from "@/ui/fault";
import { nameOf } from "@/ui/name";
import { Separator, usePane, widthOf } from "@/ui/panes";
import { ScrollRegion } from "@/ui/scroll_region";
import css from "./contacts.module.css";
import { NewContact } from "./new_contact";

const ROW = 56;

/** The directory of customers, with one of them beside it. */
export function ContactsPage() {
  const { t } = useTranslation();
  const { contactId } = useParams({ strict: false });
  const isPhone = useMediaQuery(PHONE) ?? false;
  const pane = usePane("contacts", { width: 340, min: 260, max: 560 });
  const [text, setText] = useState("");
  const [isNew, setNew] = useState(false);
  const Title = contactId ? "h2" : "h1";
  return (
    <div className={css.page}>
      {(!isPhone || !contactId) && (
        <div className={css.list} style={widthOf(pane)}>
          <div className={css.head}>
            <Title>{t("shell.contacts")}</Title>
            <Tooltip label={t("contacts.new")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t("contacts.new")}
                onClick={() => setNew(true)}
              >
                <UserPlus size={17} />
              </ActionIcon>
            </Tooltip>
          </div>
          <TextInput
            m="xs"
            size="sm"
            type="search"
            leftSection={<Search size={15} />}
            aria-label={t("contacts.search")}
            placeholder={t("contacts.search")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <List text={text} onNew={() => setNew(true)} />
        </div>
      )}
      <Separator pane={pane} label={t("inbox.resize_list")} />
      {(!isPhone || contactId) && (
        <div className={css.one}>
          <Outlet />
          {!contactId && <Empty title={t("contacts.choose")} text={t("contacts.choose_text")} />}
        </div>
      )}
      <NewContact isOpen={isNew} onClose={() => setNew(false)} />
    </div>
  );
}

function List({ text, onNew }: { text: string; onNew: () => void }) {
  const { t } = useTranslation();
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const list = useInfiniteQuery({
    queryKey: keys.contacts(wanted),
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(api.GET("/api/v1/contacts", { params: { query: { text: wanted, after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - 10) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length]);
  if (list.isPending) return <Skeleton m="md" height={200} width="auto" />;
  if (list.isError) return <Fault error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) {
    return (
      <Empty
        title={t(wanted ? "contacts.none_found" : "contacts.none")}
        text={t("contacts.none_text")}
      >
        <button type="button" className={css.plain} onClick={onNew}>
          {t("contacts.new")}
        </button>
      </Empty>
    );
  }
  return (
    <ScrollRegion ref={scroller} className={css.scroll} label={t("shell.contacts")}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const contact = rows[index];
          return (
            contact && (
              <li key={contact.id} style={{ transform: `translateY(${start}px)` }}>
                <Link
                  to="/contacts/$contactId"
                  params={{ contactId: contact.id }}
                  activeProps={{ "data-active": true }}
                >
                  <Avatar name={contact.name || "?"} size={30} />
                  <span>
                    {nameOf(contact, t)}
                    <small>
                      {contact.identities
                        .filter(({ kind }) => kind !== "visitor")
                        .map(({ value }) => value)
                        .join(", ") || contact.claimed_email}
                    </small>
                  </span>
                </Link>
              </li>
            )
          );
        })}
      </ul>
    </ScrollRegion>
  );
}
