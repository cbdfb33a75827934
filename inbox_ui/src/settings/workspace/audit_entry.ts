import type { TFunction } from "i18next";
import type { Agent, AuditEntry, Inbox } from "@/api/types";

export interface Names {
  agents: readonly Agent[];
  inboxes: readonly Inbox[];
}

/** An entry as a sentence. Actions of a newer hub show as they are. */
export function sentence(entry: AuditEntry, t: TFunction, names: Names): string {
  const key = `audit_action.${entry.action}`;
  const who = entry.actor === "system" ? t("author.system") : entry.actor;
  const told = t(key, { who, what: whatOf(entry, names) || t("audit.gone"), defaultValue: "" });
  return told || `${who}: ${entry.action}`;
}

/** The name that was written down, or the present one of a person or an inbox. */
function whatOf({ target, details }: AuditEntry, { agents, inboxes }: Names): string {
  const told = details.name ?? details.email;
  if (typeof told === "string" && told) return told;
  const id = localId(target);
  const known = agents.find((one) => one.id === id) ?? inboxes.find((one) => one.id === id);
  return known?.name ?? "";
}

/** Where to look at what an entry is about: the conversation or the contact, if it has one. */
export function placeOf({ action, target }: AuditEntry): {
  conversationId?: string;
  contactId?: string;
} {
  if (action.startsWith("message.")) {
    const [, conversationId = ""] = target.split(".");
    return { conversationId };
  }
  if (action.startsWith("contact.")) return { contactId: localId(target) };
  return {};
}

/** Ids of the API lack the workspace that some entries have before the dot. */
const localId = (id: string): string => id.slice(id.indexOf(".") + 1);
