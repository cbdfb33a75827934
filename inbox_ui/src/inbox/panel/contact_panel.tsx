import { Button, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { Ban } from "lucide-react";
import { useTranslation } from "react-i18next";
import { contactQuery } from "@/api/queries";
import { blockContact } from "@/inbox/change";
import { ScriptAndForm } from "@/routing/panel/script_and_form";
import { VipSwitch } from "@/routing/panel/vip_switch";
import { Avatar } from "@/ui/avatar";
import { Waiting } from "@/ui/fault";
import { nameOf } from "@/ui/name";
import { Time } from "@/ui/now";
import { ConversationTasks } from "@/work/tasks/conversation_tasks";
import { ContactDetails } from "./contact_details";
import { Earlier } from "./earlier";
import { Identities } from "./identities";
import { GoesOn } from "./merge/goes_on";
import { MergeButton } from "./merge/merge_button";
import { MergeHistory } from "./merge/merge_history";
import { Suggestions } from "./merge/suggestions";
import css from "./panel.module.css";

interface Props {
  contactId: string;
  /** The one on screen, left out of the earlier ones. */
  conversationId?: string;
  isPage?: boolean;
}

/** Who the customer is: addresses, details, earlier conversations. */
export function ContactPanel({ contactId, conversationId, isPage = false }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(contactQuery(contactId));
  const contact = query.data;
  if (!contact) {
    return (
      <Stack p="md">
        <Waiting query={query} />
      </Stack>
    );
  }
  if (isPage && contact.id !== contactId) {
    // An old address of somebody who was merged.
    return <Navigate to="/contacts/$contactId" params={{ contactId: contact.id }} replace />;
  }
  const Name = isPage ? "h1" : "p";
  return (
    <Stack gap="md" p="md">
      <div className={css.who}>
        <Avatar name={contact.name || "?"} size={40} />
        <div>
          <Name className={css.name}>
            {isPage ? (
              nameOf(contact, t)
            ) : (
              <Link to="/contacts/$contactId" params={{ contactId: contact.id }}>
                {nameOf(contact, t)}
              </Link>
            )}
          </Name>
          {contact.last_seen_at > 0 && (
            <small>
              {t("contact.last_seen")} <Time at={contact.last_seen_at} />
            </small>
          )}
        </div>
      </div>
      {contact.is_blocked && <p className={css.blocked}>{t("contact.is_blocked")}</p>}
      <VipSwitch contact={contact} />
      {conversationId && <ScriptAndForm conversationId={conversationId} />}
      {conversationId && <ConversationTasks conversationId={conversationId} />}
      {conversationId && <GoesOn contactId={contact.id} conversationId={conversationId} />}
      <Suggestions contact={contact} />
      <Identities contact={contact} />
      <ContactDetails key={contact.id} contact={contact} />
      <Earlier contactId={contact.id} conversationId={conversationId} />
      <MergeHistory contact={contact} />
      <MergeButton contact={contact} />
      <Button
        variant="default"
        size="xs"
        leftSection={<Ban size={14} />}
        onClick={() => blockContact(client, contact.id, !contact.is_blocked)}
      >
        {t(contact.is_blocked ? "contact.unblock" : "contact.block")}
      </Button>
    </Stack>
  );
}
