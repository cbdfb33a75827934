import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Contact } from "@/api/types";
import { Avatar } from "@/ui/avatar";
import { Empty } from "@/ui/empty";
import { nameOf } from "@/ui/name";
import { toastProblem } from "@/ui/toast";
import css from "./merge.module.css";

interface Props {
  contact: Contact;
  onFound: (other: Contact) => void;
}

/** Search among all others; Enter takes the first. */
export function FindOther({ contact, onFound }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const client = useQueryClient();
  const others = useQuery(othersQuery(contact.id, wanted)).data;
  const takeFirst = async () => {
    const [first] = await client.fetchQuery(othersQuery(contact.id, text.trim()));
    if (first) onFound(first);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        takeFirst().catch(toastProblem);
      }}
    >
      <TextInput
        type="search"
        leftSection={<Search size={15} />}
        label={t("merge.find")}
        placeholder={t("merge.find_hint")}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {others?.length === 0 && (
        <Empty title={t("merge.none_found")} text={t("merge.none_found_text")} />
      )}
      <ul className={css.others}>
        {others?.map((other) => (
          <li key={other.id}>
            <button type="button" onClick={() => onFound(other)}>
              <Avatar name={other.name || "?"} size={28} />
              <span>
                {nameOf(other, t)}
                <small>{addressesOf(other)}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </form>
  );
}

const othersQuery = (contactId: string, text: string) =>
  queryOptions({
    queryKey: [...keys.contacts(text), "others", contactId],
    queryFn: async () => {
      const page = await need(
        api.GET("/api/v1/contacts", { params: { query: { text, limit: 20 } } }),
      );
      return page.items.filter(({ id }) => id !== contactId);
    },
  });

export const addressesOf = (contact: Contact): string =>
  contact.identities
    .filter(({ kind }) => kind !== "visitor")
    .map(({ value }) => value)
    .join(", ") || contact.claimed_email;
