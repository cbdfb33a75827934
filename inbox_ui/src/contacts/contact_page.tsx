import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ContactPanel } from "@/inbox/panel/contact_panel";
import css from "./contacts.module.css";

export function ContactPage() {
  const { t } = useTranslation();
  const { contactId = "" } = useParams({ strict: false });
  return (
    <div className={css.card}>
      <Link to="/contacts" className={css.back}>
        <ArrowLeft size={18} aria-hidden="true" /> {t("shell.contacts")}
      </Link>
      <ContactPanel key={contactId} contactId={contactId} isPage />
    </div>
  );
}
