import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Mail, Phone, UserRound, UserRoundPlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { SharedContact } from "@/api/types";
import { toastProblem } from "@/ui/toast";
import css from "./content.module.css";

/** Cards of somebody's address book. */
export function SharedContacts({ items }: { items: readonly SharedContact[] }) {
  return items.map((card) => (
    <Card key={[card.name, ...card.phones, ...card.emails].join()} card={card} />
  ));
}

function Card({ card }: { card: SharedContact }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const name = card.name || card.phones[0] || card.emails[0] || "";
  const add = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/contacts", {
          body: { name, phone: card.phones[0] ?? "", email: card.emails[0] ?? "" },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.contactLists }),
    onError: toastProblem,
  });
  return (
    <section className={css.card} aria-label={t("content.contact_of", { name })}>
      <span className={css.pin} aria-hidden="true">
        <UserRound size={20} />
      </span>
      <div className={css.facts}>
        <b>{name}</b>
        {card.phones.map((phone) => (
          <a key={phone} href={`tel:${phone.replace(/[^\d+]/g, "")}`}>
            <Phone size={12} aria-hidden="true" /> {phone}
          </a>
        ))}
        {card.emails.map((email) => (
          <a key={email} href={`mailto:${email}`}>
            <Mail size={12} aria-hidden="true" /> {email}
          </a>
        ))}
        {add.data ? (
          <Link to="/contacts/$contactId" params={{ contactId: add.data.id }}>
            <Check size={12} aria-hidden="true" /> {t("content.contact_added")}
          </Link>
        ) : (
          <button
            type="button"
            className={css.plain}
            disabled={add.isPending}
            onClick={() => add.mutate()}
          >
            <UserRoundPlus size={12} aria-hidden="true" /> {t("content.add_contact")}
          </button>
        )}
      </div>
    </section>
  );
}
