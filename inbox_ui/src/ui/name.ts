import type { TFunction } from "i18next";

/** A contact as people call it; one who gave no name is told apart by the first letters of the id. */
export function nameOf(contact: { id: string; name: string }, t: TFunction): string {
  return contact.name || t("common.nameless", { code: contact.id.slice(0, 4).toUpperCase() });
}
