import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FileX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Attachment, Message } from "@/api/types";
import { putMessages } from "@/live/threads";
import { useCan } from "@/shell/session";
import { toastProblem } from "@/ui/toast";
import css from "./attachments.module.css";

interface Props {
  message: Message;
  /** Among all files of the message. */
  position: number;
  item: Attachment;
}

/** What no further attempt cures. */
const HOPELESS: readonly Attachment["reason"][] = ["too_large", "inbox_gone"];

/** A file that did not come: why, and another try where one may help. */
export function LostFile({ message, position, item }: Props) {
  const { t } = useTranslation();
  const mayFetch = useCan("conversation:write");
  const again = useMutation({
    mutationFn: () => {
      const { conversation_id, seq } = message;
      const path = { conversation_id, seq: String(seq), position: String(position) };
      return need(
        api.POST(
          "/api/v1/conversations/{conversation_id}/messages/{seq}/attachments/{position}/fetch",
          { params: { path } },
        ),
      );
    },
    onSuccess: (after) => putMessages([after]),
    onError: toastProblem,
  });
  const { name, reason } = item;
  return (
    <div className={css.lost}>
      <FileX size={18} aria-hidden="true" />
      <span>
        <b>{t("files.lost", { name })}</b>
        <small>{reason ? t(`lost_file.${reason}`) : t("files.lost_text")}</small>
        {mayFetch && !HOPELESS.includes(reason) && (
          <Button
            size="compact-xs"
            variant="default"
            mt={6}
            loading={again.isPending}
            aria-label={t("files.fetch_again_name", { name })}
            onClick={() => again.mutate()}
          >
            {t("files.fetch_again")}
          </Button>
        )}
      </span>
    </div>
  );
}
