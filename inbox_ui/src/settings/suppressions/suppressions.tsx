import { ActionIcon, Button, Modal, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { Plus, Search, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Suppression } from "@/api/types";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { toast, toastProblem } from "@/ui/toast";
import { SettingsPage } from "../page";
import css from "../settings.module.css";
import { AddSuppression } from "./add_suppression";
import { SuppressionRow } from "./suppression_row";

const PAGE = 100;
const TYPING_MS = 250;

/** Addresses that must not be written to, each with its proof. */
export function SuppressionsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mayChange = useCan("suppression:write");
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), TYPING_MS);
  const [isAdding, setAdding] = useState(false);
  const list = useSuppressions(wanted);
  const refresh = () => void client.invalidateQueries({ queryKey: keys.suppressions });
  const shown = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isEmpty = list.isSuccess && shown.length === 0;
  const add = mayChange && (
    <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t("suppression.add")}
    </Button>
  );
  return (
    <SettingsPage
      title={t("settings.suppressions")}
      text={t("suppression.text")}
      action={!isEmpty && add}
    >
      {(!isEmpty || text || wanted) && (
        <TextInput
          type="search"
          maw={420}
          aria-label={t("suppression.search")}
          placeholder={t("suppression.search")}
          leftSection={<Search size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      <Waiting query={list} />
      {isEmpty && (
        <Empty
          title={t(wanted ? "suppression.none_found" : "suppression.none", { text: wanted })}
          text={t(wanted ? "suppression.none_found_text" : "suppression.none_text")}
        >
          {add}
        </Empty>
      )}
      {shown.length > 0 && (
        <ul className={css.rows} aria-label={t("settings.suppressions")}>
          {shown.map((one) => (
            <SuppressionRow key={one.id} suppression={one}>
              {mayChange && <Removal suppression={one} onDone={refresh} />}
            </SuppressionRow>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t("common.show_more")}
        </Button>
      )}
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t("suppression.add")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <AddSuppression
          value={isEmpty ? wanted : ""}
          onDone={() => {
            setAdding(false);
            refresh();
          }}
        />
      </Modal>
    </SettingsPage>
  );
}

/** Page by page; while a search is answered, what was found before stays. */
function useSuppressions(search: string) {
  return useInfiniteQuery({
    queryKey: keys.suppressionList(search),
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(
        api.GET("/api/v1/suppressions", {
          params: { query: { after: pageParam, limit: PAGE, search } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

interface RemovalProps {
  suppression: Suppression;
  onDone: () => void;
}

/** Off the list again; the proof of both stays in the audit log. */
function Removal({ suppression: { id, value }, onDone }: RemovalProps) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: () =>
      need(
        api.DELETE("/api/v1/suppressions/{suppression_id}", {
          params: { path: { suppression_id: id } },
        }),
      ),
    onSuccess: () => {
      onDone();
      toast(t("suppression.removed", { value }));
    },
    onError: toastProblem,
  });
  const label = t("suppression.remove", { value });
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        <Trash2 size={15} />
      </ActionIcon>
    </Tooltip>
  );
}
