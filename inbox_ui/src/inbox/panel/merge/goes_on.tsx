import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { contactConversationsQuery } from "@/api/queries";
import css from "./merge.module.css";

/** On a conversation that closed into another one: where it goes on. */
export function GoesOn(props: { contactId: string; conversationId: string }) {
  const { t } = useTranslation();
  const page = useQuery(contactConversationsQuery(props.contactId)).data;
  const into = page?.items.find(({ id }) => id === props.conversationId)?.merged_into;
  if (!into) return null;
  return (
    <p className={css.notice}>
      {t("merge.goes_on")}{" "}
      <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: into }}>
        {t("merge.goes_on_link")}
      </Link>
    </p>
  );
}
