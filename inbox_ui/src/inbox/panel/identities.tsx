import { ActionIcon, Button, Group, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { AtSign, BadgeCheck, Globe, Phone, Plus, User, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Contact } from "@/api/types";
import { problemText, toastProblem } from "@/ui/toast";
import css from "./panel.module.css";

/** Kinds of address, not of channel. */
const ICONS: Record<string, typeof User> = { email: AtSign, phone: Phone, visitor: Globe };

/** All addresses of a person; which of them are proved is shown with each. */
export function Identities({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const set = (after: Contact) => client.setQueryData(keys.contact(contact.id), after);
  const remove = useMutation({
    mutationFn: (identity_id: string) =>
      need(
        api.DELETE("/api/v1/contacts/{contact_id}/identities/{identity_id}", {
          params: { path: { contact_id: contact.id, identity_id } },
        }),
      ),
    onSuccess: set,
    onError: toastProblem,
  });
  return (
    <section>
      <h2 className={css.title}>
        {t("contact.addresses")}
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={t("contact.add_address")}
          aria-expanded={isAdding}
          onClick={() => setAdding(!isAdding)}
        >
          <Plus size={15} />
        </ActionIcon>
      </h2>
      <ul className={css.list}>
        {contact.identities.map(({ id, kind, value, is_verified }) => {
          const Icon = ICONS[kind] ?? User;
          return (
            <li key={id}>
              <Icon size={14} role="img" aria-label={t(`identity.${kind}`)} />
              <span>{kind === "visitor" ? t("identity.visitor") : value}</span>
              {is_verified && (
                <BadgeCheck
                  size={15}
                  className={css.verified}
                  role="img"
                  aria-label={t("contact.verified")}
                >
                  <title>{t("contact.verified")}</title>
                </BadgeCheck>
              )}
              {kind !== "visitor" && (
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={t("contact.remove_address", { value })}
                  onClick={() => remove.mutate(id)}
                >
                  <X size={13} />
                </ActionIcon>
              )}
            </li>
          );
        })}
        {contact.claimed_email && (
          <li>
            <AtSign size={14} aria-hidden="true" />
            <span>
              {contact.claimed_email} <small>{t("contact.claimed")}</small>
            </span>
          </li>
        )}
      </ul>
      {isAdding && (
        <AddIdentity
          contactId={contact.id}
          onAdded={(after) => {
            set(after);
            setAdding(false);
          }}
        />
      )}
    </section>
  );
}

function AddIdentity(props: { contactId: string; onAdded: (contact: Contact) => void }) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { kind: "email" as "email" | "phone", value: "" } });
  const add = useMutation({
    mutationFn: (body: { kind: "email" | "phone"; value: string }) =>
      need(
        api.POST("/api/v1/contacts/{contact_id}/identities", {
          params: { path: { contact_id: props.contactId } },
          body,
        }),
      ),
    onSuccess: props.onAdded,
    onError: (error) => form.setFieldError("value", problemText(error)),
  });
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Group gap={6} align="flex-start" wrap="nowrap">
        <Select
          size="xs"
          w={96}
          allowDeselect={false}
          aria-label={t("contact.address_kind")}
          data={[
            { value: "email", label: t("identity.email") },
            { value: "phone", label: t("identity.phone") },
          ]}
          {...form.getInputProps("kind")}
        />
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label={t("contact.address")}
          {...form.getInputProps("value")}
        />
        <Button size="xs" type="submit" loading={add.isPending}>
          {t("common.add")}
        </Button>
      </Group>
    </form>
  );
}
