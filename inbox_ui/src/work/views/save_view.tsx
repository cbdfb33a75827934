import { Button, Checkbox, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Bookmark } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys, type ListFilter } from "@/api/keys";
import type { SavedView } from "@/api/types";
import { useCan } from "@/shell/session";
import { problemText, toast } from "@/ui/toast";

/** Keeps the filter that is in force under a name. */
export function SaveView({ filter }: { filter: ListFilter }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canShare = useCan("macro:write");
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/views", { body: { name, filter: whole(filter), is_shared: isShared } }),
      ),
    onSuccess: () => {
      toast(t("saved_views.saved", { name }));
      setName("");
      void client.invalidateQueries({ queryKey: keys.savedViews });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) save.mutate();
      }}
    >
      <TextInput
        size="xs"
        label={t("saved_views.save_as")}
        placeholder={t("saved_views.name")}
        value={name}
        maxLength={120}
        error={save.isError ? problemText(save.error) : undefined}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      {name && (
        <Group gap={6} mt={6} justify="space-between">
          {canShare && (
            <Checkbox
              size="xs"
              label={t("saved_views.for_all")}
              checked={isShared}
              onChange={({ currentTarget }) => setShared(currentTarget.checked)}
            />
          )}
          <Button
            type="submit"
            size="compact-xs"
            leftSection={<Bookmark size={13} />}
            loading={save.isPending}
          >
            {t("common.save")}
          </Button>
        </Group>
      )}
    </form>
  );
}

const whole = (filter: ListFilter): SavedView["filter"] => ({
  inbox_id: "",
  queue_id: "",
  label: "",
  channel: "",
  assignee_id: "",
  priority: null,
  unread: false,
  ...filter,
});
