import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Zap } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useVariables } from "@/inbox/composer/use_suggestions";
import { HeaderPicker } from "@/inbox/header/picker";
import { useCan, useMe } from "@/shell/session";
import { useUi } from "@/shell/ui_state";
import { macrosQuery } from "../queries";
import { runMacro } from "./run";

/** Several steps by one choice. */
export function MacroPicker({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useMe();
  const canEdit = useCan("macro:write");
  const isOpen = useUi(({ picker }) => picker === "macros");
  const macros = useQuery(macrosQuery).data ?? [];
  const values = useVariables(conversation, isOpen);
  if (macros.length === 0 && !canEdit) return null;
  const options = macros.map(({ id, name, steps }) => ({
    value: id,
    text: name,
    content: (
      <>
        <span style={{ flex: 1 }}>{name}</span>
        <small>{t("macros.steps", { count: steps.length })}</small>
      </>
    ),
  }));
  const pick = (id: string) => {
    const macro = macros.find((one) => one.id === id);
    if (macro) void runMacro(client, macro, conversation, me, values);
  };
  return (
    <HeaderPicker
      name="macros"
      label={t("actions.macros")}
      keyHint="M"
      icon={<Zap size={17} />}
      options={options}
      onPick={pick}
    >
      {canEdit && (
        <Link to="/settings/macros">{t(macros.length ? "macros.edit" : "macros.first")}</Link>
      )}
    </HeaderPicker>
  );
}
