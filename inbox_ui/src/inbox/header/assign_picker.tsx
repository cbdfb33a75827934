import { useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus, UserX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { Conversation } from "@/api/types";
import { changeConversation } from "@/inbox/change";
import { useMe } from "@/shell/session";
import { Avatar } from "@/ui/avatar";
import { HeaderPicker, type Option } from "./picker";

const NOBODY = "-";

/** Me first, then colleagues, then nobody. */
export function AssignPicker({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const agents = (useQuery(agentsQuery).data ?? []).filter(({ is_active }) => is_active);
  const sorted = [...agents].sort(
    (a, b) =>
      Number(b.id === me.agent_id) - Number(a.id === me.agent_id) ||
      Number(b.is_online) - Number(a.is_online) ||
      a.name.localeCompare(b.name),
  );
  const options: Option[] = sorted.map(({ id, name, is_online }) => {
    const text = id === me.agent_id ? t("assign.me", { name }) : name;
    return {
      value: id,
      text,
      content: (
        <>
          <Avatar name={name} size={20} isOnline={is_online} /> {text}
        </>
      ),
    };
  });
  if (conversation.assignee_id) {
    const text = t("assign.nobody");
    options.push({
      value: NOBODY,
      text,
      content: (
        <>
          <UserX size={18} /> {text}
        </>
      ),
    });
  }
  const assignee = agents.find(({ id }) => id === conversation.assignee_id);
  const pick = (value: string) => {
    const assignee_id = value === NOBODY ? "" : value;
    const name = agents.find(({ id }) => id === assignee_id)?.name ?? "";
    const said = assignee_id ? t("toast.assigned", { name }) : t("toast.unassigned");
    changeConversation(client, conversation, { assignee_id }, said);
  };
  return (
    <HeaderPicker
      name="assign"
      label={assignee ? t("assign.to", { name: assignee.name }) : t("actions.assign")}
      keyHint="A"
      icon={assignee ? <Avatar name={assignee.name} size={22} /> : <UserPlus size={17} />}
      options={options}
      onPick={pick}
    />
  );
}
