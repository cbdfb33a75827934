import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Tag } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelsQuery } from "@/api/queries";
import type { Conversation } from "@/api/types";
import { changeConversation } from "@/inbox/change";
import { useCan } from "@/shell/session";
import { dotColor } from "@/ui/color";
import css from "./header.module.css";
import { HeaderPicker } from "./picker";

export function LabelPicker({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const canEdit = useCan("label:write");
  const labels = useQuery(labelsQuery).data ?? [];
  const has = (id: string) => conversation.labels.includes(id);
  const options = labels.map(({ id, name, color }) => ({
    value: id,
    text: name,
    content: (
      <>
        <span className={css.dot} style={{ background: dotColor(color) }} />
        <span style={{ flex: 1 }}>{name}</span>
        {has(id) && <Check size={15} role="img" aria-label={t("common.chosen")} />}
      </>
    ),
  }));
  const toggle = (id: string) => {
    const next = has(id)
      ? conversation.labels.filter((one) => one !== id)
      : [...conversation.labels, id];
    changeConversation(client, conversation, { labels: next }, t("toast.labels"));
  };
  return (
    <HeaderPicker
      name="labels"
      label={t("actions.labels")}
      keyHint="L"
      icon={<Tag size={17} />}
      options={options}
      isMultiple
      onPick={toggle}
    >
      {canEdit && <Link to="/settings/labels">{t("labels.edit")}</Link>}
    </HeaderPicker>
  );
}
