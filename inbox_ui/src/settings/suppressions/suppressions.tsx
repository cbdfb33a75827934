import { ActionIcon, Button, Modal, TextInput, Tooltip } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, Search, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
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

/** Addresses that must not be written to, each with its proof. */
export function SuppressionsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mayChange = useCan("suppression:write");
  const [text, setText] = useState("");
  const [isAdding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    queryKey: keys.suppressions,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      need(
        api.GET("/api/v1/suppressions", { params: { query: { after: pageParam, limit: PAGE } } }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const refresh = () => void client.invalidateQueries({ queryKey: keys.suppressions });
  const remove = useMutation({
    mutationFn: ({ id }: Suppression) =>
      need(
        api.DELETE("/api/v1/suppressions/{suppression_id}", {
          params: { path: { suppression_id: id } },
        }),
      ),
    onSuccess: (_, { value }) => {
      refresh();
      toast(t("suppression.removed", { value }));
    },
    onError: toastProblem,
  });
  const all = list.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = all.filter((one) => matches(one, text));
  const { hasNextPage, isFetching, fetchNextPage } = list;
  // A search looks at all of them, not only at those that were loaded by chance.
  useEffect(() => {
    if (text.trim() && hasNextPage && !isFetching) void fetchNextPage();
  }, [text, hasNextPage, isFetching, fetchNextPage]);
  const add = mayChange && (
    <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t("suppression.add")}
    </Button>
  );
  return (
    <SettingsPage title={t("settings.suppressions")} text={t("suppression.text")} action={add}>
      {all.length > 0 && (
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
      {list.isSuccess && all.length === 0 && (
        <Empty title={t("suppression.none")} text={t("suppression.none_text")} />
      )}
      {all.length > 0 && shown.length === 0 && (
        <Empty
          title={t(hasNextPage ? "common.loading" : "common.nothing")}
          text={hasNextPage ? "" : t("suppression.none_found")}
        />
      )}
      {shown.length > 0 && (
        <ul className={css.rows} aria-label={t("settings.suppressions")}>
          {shown.map((one) => (
            <SuppressionRow key={one.id} suppression={one}>
              {mayChange && (
                <Tooltip label={t("suppression.remove", { value: one.value })}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("suppression.remove", { value: one.value })}
                    loading={remove.isPending && remove.variables.id === one.id}
                    onClick={() => remove.mutate(one)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </Tooltip>
              )}
            </SuppressionRow>
          ))}
        </ul>
      )}
      {hasNextPage && !text.trim() && (
        <Button
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void fetchNextPage()}
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
          onDone={() => {
            setAdding(false);
            refresh();
          }}
        />
      </Modal>
    </SettingsPage>
  );
}

/** By the address, whatever blanks a person types into a number. */
function matches({ value }: Suppression, text: string): boolean {
  const plain = (one: string) => one.toLowerCase().replace(/[\s()-]/g, "");
  return plain(value).includes(plain(text));
}
