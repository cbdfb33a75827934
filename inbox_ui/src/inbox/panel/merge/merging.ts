import type { QueryClient } from "@tanstack/react-query";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Merge } from "@/api/types";
import { t } from "@/i18n";
import { toast, toastProblem, toastUndo } from "@/ui/toast";

/** Everything that shows one of the two is asked for again. */
export function refreshMerged(client: QueryClient, merge: Merge): void {
  for (const { id } of [merge.winner, merge.loser]) {
    void client.invalidateQueries({ queryKey: keys.contact(id) });
  }
  void client.invalidateQueries({ queryKey: keys.contactLists });
  void client.invalidateQueries({ queryKey: keys.details });
}

/** Makes two contacts one, with an undo at hand. */
export async function mergeContacts(
  client: QueryClient,
  winnerId: string,
  other: string,
  fields: string[],
): Promise<Merge> {
  const merge = await need(
    api.POST("/api/v1/contacts/{contact_id}/merges", {
      params: { path: { contact_id: winnerId } },
      body: { other, fields },
    }),
  );
  refreshMerged(client, merge);
  const said = t("merge.merged", { loser: called(merge.loser), winner: called(merge.winner) });
  toastUndo(said, () => void undoMerge(client, merge.id));
  return merge;
}

export async function undoMerge(client: QueryClient, mergeId: string): Promise<void> {
  try {
    const merge = await need(
      api.POST("/api/v1/merges/{merge_id}/undo", { params: { path: { merge_id: mergeId } } }),
    );
    refreshMerged(client, merge);
    toast(t("merge.undone"));
  } catch (error) {
    toastProblem(error);
  }
}

/** A contact as it was called when it was merged. */
export const called = ({ id, name }: { id: string; name: string }): string =>
  name || t("common.nameless", { code: id.slice(0, 4).toUpperCase() });
