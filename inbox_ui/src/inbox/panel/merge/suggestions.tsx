import { Button, Group } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { suggestionsQuery } from "@/api/queries";
import type { Contact, Suggestion } from "@/api/types";
import { nameOf } from "@/ui/name";
import { toast, toastProblem } from "@/ui/toast";
import css from "./merge.module.css";
import { MergeDialog } from "./merge_dialog";

/** Others who may be this person, with the reason; people decide. */
export function Suggestions({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const found = useQuery(suggestionsQuery(contact.id)).data ?? [];
  const [other, setOther] = useState<Contact>();
  return (
    <>
      {found.length > 0 && (
        <section className={css.card}>
          <h2>
            <Users size={14} aria-hidden="true" /> {t("merge.suggested")}
          </h2>
          <ul>
            {found.map((one) => (
              <Line key={one.contact.id} contact={contact} one={one} onMerge={setOther} />
            ))}
          </ul>
        </section>
      )}
      <MergeDialog
        contact={contact}
        isOpen={other !== undefined}
        given={other}
        onClose={() => setOther(undefined)}
      />
    </>
  );
}

interface LineProps {
  contact: Contact;
  one: Suggestion;
  onMerge: (other: Contact) => void;
}

function Line({ contact, one, onMerge }: LineProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const name = nameOf(one.contact, t);
  const dismiss = useMutation({
    mutationFn: () =>
      need(
        api.POST("/api/v1/contacts/{contact_id}/suggestions/{other_id}/dismiss", {
          params: { path: { contact_id: contact.id, other_id: one.contact.id } },
        }),
      ),
    onSuccess: () => {
      client.setQueryData<Suggestion[]>(keys.suggestions(contact.id), (known) =>
        known?.filter((other) => other.contact.id !== one.contact.id),
      );
      toast(t("merge.dismissed", { name }));
    },
    onError: toastProblem,
  });
  const reasons = one.reasons.slice(0, 2);
  return (
    <li>
      <Link to="/contacts/$contactId" params={{ contactId: one.contact.id }}>
        {name}
      </Link>
      <small>
        {reasons.map(({ kind, value }) => t(`merge.reason.${kind}`, { value })).join("; ")}
      </small>
      <Group gap={6}>
        <Button
          size="compact-xs"
          variant="light"
          aria-label={t("merge.merge_with", { name })}
          onClick={() => onMerge(one.contact)}
        >
          {t("merge.merge")}
        </Button>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={t("merge.not_same_as", { name })}
          loading={dismiss.isPending}
          onClick={() => dismiss.mutate()}
        >
          {t("merge.not_same")}
        </Button>
      </Group>
    </li>
  );
}
