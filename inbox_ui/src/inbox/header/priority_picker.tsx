import { useQueryClient } from "@tanstack/react-query";
import { Flag } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { changeConversation } from "@/inbox/change";
import { PRIORITIES, type Priority } from "@/inbox/priority";
import css from "./header.module.css";
import { HeaderPicker } from "./picker";

export function PriorityPicker({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { priority } = conversation;
  const options = [...PRIORITIES, 0].map((value) => ({
    value: String(value),
    text: t(`priority.${value}`),
    content: t(`priority.${value}`),
  }));
  return (
    <HeaderPicker
      name="priority"
      label={
        priority ? t("priority.is", { name: t(`priority.${priority}`) }) : t("actions.priority")
      }
      keyHint="P"
      icon={<Flag size={17} className={priority > 2 ? css.urgent : ""} />}
      options={options}
      onPick={(value) =>
        changeConversation(
          client,
          conversation,
          { priority: Number(value) as Priority },
          t("toast.priority", { name: t(`priority.${value}`) }),
        )
      }
    />
  );
}
