import { ActionIcon, Button, Modal } from "@mantine/core";
import {
  type QueryKey,
  type UseQueryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { type PropsWithChildren, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { toastProblem, toastUndo } from "@/ui/toast";
import { SettingsPage } from "./page";
import css from "./settings.module.css";

interface Props<T, K extends QueryKey> {
  title: string;
  /** Where its texts are: `add`, `edit_one`, `none`, `none_text`, `deleted`, and `text` of the page. */
  area: "canned" | "labels" | "macros" | "reason" | "skill" | "team";
  query: UseQueryOptions<T[], Error, T[], K>;
  canEdit: boolean;
  nameOf: (item: T) => string;
  remove: (id: string) => Promise<unknown>;
  /** Brings a deleted one back: under its id where others refer to it. */
  restore: (item: T) => Promise<unknown>;
  row: (item: T) => ReactNode;
  form: (item: T | undefined, onSaved: () => void) => ReactNode;
  dialogSize?: "md" | "lg";
  /** The first thing to do while there is nothing; adding one comes second then. */
  start?: ReactNode;
}

/** A page of small things that are added and changed in a dialog, and deleted with an undo. */
export function EditableList<T extends { id: string }, K extends QueryKey>(
  props: PropsWithChildren<Props<T, K>>,
) {
  const { title, area, canEdit, nameOf, row, form, dialogSize = "md", start, children } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(props.query);
  const [edited, setEdited] = useState<T | "new">();
  const refresh = () => void client.invalidateQueries({ queryKey: props.query.queryKey });
  const remove = useMutation({
    mutationFn: ({ id }: T) => props.remove(id),
    onSuccess: (_, item) => {
      refresh();
      toastUndo(t(`${area}.deleted`, { name: nameOf(item) }), () => {
        props.restore(item).then(refresh).catch(toastProblem);
      });
    },
    onError: toastProblem,
  });
  const onSaved = () => {
    setEdited(undefined);
    refresh();
  };
  const items = query.data ?? [];
  const add = canEdit && (
    <Button
      variant={start && items.length === 0 ? "default" : "filled"}
      leftSection={<Plus size={16} />}
      onClick={() => setEdited("new")}
    >
      {t(`${area}.add`)}
    </Button>
  );
  return (
    <SettingsPage title={title} text={t(`${area}.text`)} action={items.length > 0 && add}>
      <Waiting query={query} />
      {query.data?.length === 0 && (
        <Empty title={t(`${area}.none`)} text={t(`${area}.none_text`)}>
          {start}
          {add}
        </Empty>
      )}
      {items.length > 0 && (
        <ul className={css.rows} aria-label={title}>
          {items.map((item) => (
            <li key={item.id} className={css.tight}>
              {row(item)}
              {canEdit && (
                <>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.edit", { name: nameOf(item) })}
                    onClick={() => setEdited(item)}
                  >
                    <Pencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("common.delete", { name: nameOf(item) })}
                    onClick={() => remove.mutate(item)}
                  >
                    <Trash2 size={15} />
                  </ActionIcon>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {children}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        size={dialogSize}
        title={t(edited === "new" ? `${area}.add` : `${area}.edit_one`)}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {edited && form(edited === "new" ? undefined : edited, onSaved)}
      </Modal>
    </SettingsPage>
  );
}
