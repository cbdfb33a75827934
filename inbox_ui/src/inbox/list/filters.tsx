import { ActionIcon, Button, Checkbox, Indicator, Popover, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ListFilter as FilterIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery, channelsQuery, inboxesQuery, labelsQuery } from "@/api/queries";
import type { View } from "@/api/types";
import { PRIORITIES } from "@/inbox/priority";
import type { InboxSearch } from "@/search_params";
import { SaveView } from "@/work/views/save_view";

interface Props {
  view: View;
  search: InboxSearch;
}

/** Which part of the view is shown; it stands in the address, so that it can be kept and sent. */
export function Filters({ view, search }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const inboxes = useQuery(inboxesQuery).data ?? [];
  const labels = useQuery(labelsQuery).data ?? [];
  const agents = useQuery(agentsQuery).data ?? [];
  const titles = useQuery(channelsQuery).data ?? [];
  const channels = [...new Set(inboxes.map(({ channel }) => channel))].map((value) => ({
    value,
    label: titles.find(({ name }) => name === value)?.title ?? value,
  }));
  const set = (change: { [K in keyof InboxSearch]?: InboxSearch[K] | undefined }) => {
    const next = { ...search, ...change };
    const given = Object.entries(next).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ to: "/inbox/$view", params: { view }, search: Object.fromEntries(given) });
  };
  const named = (items: readonly { id: string; name: string }[]) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  const choice = (name: "inbox_id" | "label" | "assignee_id" | "channel") => ({
    label: t(`filter.${name}`),
    value: search[name] ?? null,
    onChange: (value: string | null) => set({ [name]: value ?? undefined }),
    clearable: true,
    size: "xs" as const,
    comboboxProps: { withinPortal: false },
    placeholder: t("filter.any"),
  });
  const count = Object.keys(search).length;
  return (
    <Popover position="bottom-end" width={260} trapFocus>
      <Indicator disabled={count === 0} label={count} size={15}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("filter.title")}>
            <FilterIcon size={17} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Checkbox
            label={t("filter.unread")}
            checked={search.unread ?? false}
            onChange={(event) => set({ unread: event.currentTarget.checked || undefined })}
          />
          <Select {...choice("inbox_id")} data={named(inboxes)} />
          <Select {...choice("label")} data={named(labels)} searchable />
          {channels.length > 1 && <Select {...choice("channel")} data={channels} />}
          <Select {...choice("assignee_id")} data={named(agents)} searchable />
          <Select
            label={t("filter.priority")}
            size="xs"
            clearable
            placeholder={t("filter.any")}
            comboboxProps={{ withinPortal: false }}
            value={search.priority ? String(search.priority) : null}
            data={PRIORITIES.map((p) => ({ value: String(p), label: t(`priority.${p}`) }))}
            onChange={(value) =>
              set({ priority: value ? (Number(value) as 1 | 2 | 3 | 4) : undefined })
            }
          />
          {count > 0 && <SaveView filter={{ view, ...search }} />}
          {count > 0 && (
            <Button
              variant="default"
              size="xs"
              onClick={() => void navigate({ to: "/inbox/$view", params: { view }, search: {} })}
            >
              {t("filter.clear")}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
