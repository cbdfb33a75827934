import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Info } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { inboxesQuery } from "@/api/queries";
import type { Inbox } from "@/api/types";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { canOpen, openingOf } from "./opening";
import css from "./starting.module.css";
import { type StartForm as Form, useStart } from "./use_start";

const SmsCounter = lazy(() => import("@/inbox/composer/sms_counter"));
const TemplateBrowser = lazy(() => import("@/inbox/templates/template_browser"));

interface Props {
  onClose: () => void;
}

/** By which inbox, to whom, and the first words: typed, or a template where a network asks for one. */
export default function StartForm({ onClose }: Props) {
  const query = useQuery(inboxesQuery);
  const { data } = query;
  if (!data) return <Waiting query={query} />;
  if (!data.some(canOpen)) return <NoInbox onClose={onClose} />;
  return <Filled inboxes={data} onClose={onClose} />;
}

function NoInbox({ onClose }: Props) {
  const { t } = useTranslation();
  const mayAdd = useCan("inbox:write");
  return (
    <Empty title={t("new.no_inbox")} text={t("new.no_inbox_text")}>
      {mayAdd && (
        <Link to="/settings/inboxes/new" onClick={onClose}>
          {t("newcomer.inbox")}
        </Link>
      )}
    </Empty>
  );
}

function Filled({ inboxes, onClose }: Props & { inboxes: readonly Inbox[] }) {
  const { form, inbox, send, isSending } = useStart(inboxes, onClose);
  const opening = inbox && openingOf(inbox.capabilities);
  return (
    <div className={css.start} data-wide={opening === "template" || undefined}>
      <From form={form} inboxes={inboxes} />
      {inbox && <Remark inbox={inbox} />}
      {inbox && opening === "text" && (
        <form
          className={css.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <To form={form} inbox={inbox} />
          <Words form={form} inbox={inbox} />
          <Foot isSending={isSending} onClose={onClose} />
        </form>
      )}
      {inbox && opening === "template" && (
        <>
          <To form={form} inbox={inbox} />
          <Suspense fallback={null}>
            <TemplateBrowser
              key={inbox.id}
              inboxId={inbox.id}
              contactName={form.values.name.trim()}
              isSending={isSending}
              problem={String(form.errors.text ?? "")}
              onSend={(template, values) => send({ template, values })}
            />
          </Suspense>
        </>
      )}
    </div>
  );
}

/** Those that can only answer stand there too, so that nobody looks for them in vain. */
function From({ form, inboxes }: { form: Form; inboxes: readonly Inbox[] }) {
  const { t } = useTranslation();
  const choices = (wanted: boolean) =>
    inboxes
      .filter((one) => canOpen(one) === wanted)
      .map(({ id, name, address }) => ({
        value: id,
        label: address ? `${name} (${address})` : name,
      }));
  const others = choices(false);
  const data = [
    { group: t("new.group_can"), items: choices(true) },
    { group: t("new.group_cannot"), items: others },
  ];
  return (
    <Select
      label={t("new.from")}
      allowDeselect={false}
      data={others.length > 0 ? data : choices(true)}
      {...form.getInputProps("inbox_id")}
    />
  );
}

/** Why nobody can be written to first this way, or what to know before. */
function Remark({ inbox }: { inbox: Inbox }) {
  const { t } = useTranslation();
  const { name } = inbox;
  const opening = openingOf(inbox.capabilities);
  const remarks = [];
  if (opening !== "text") remarks.push(t(`new.why_${opening}`, { name }));
  if (canOpen(inbox)) {
    if (inbox.is_paused) remarks.push(t("ways.why_paused", { name }));
    else if (inbox.health.state === "bad_credentials") {
      remarks.push(t("ways.why_bad_credentials", { name }));
    }
  }
  return remarks.map((text) => (
    <p key={text} className={css.why} role="status">
      <Info size={16} aria-hidden="true" />
      {text}
    </p>
  ));
}

function To({ form, inbox }: { form: Form; inbox: Inbox }) {
  const { t } = useTranslation();
  const kind = inbox.capabilities.address_kind;
  return (
    <div className={css.to}>
      <TextInput
        label={t("new.to")}
        type={kind === "phone" ? "tel" : kind === "email" ? "email" : "text"}
        placeholder={kind === "phone" ? t("new.phone_hint") : t(`identity.${kind}`)}
        data-autofocus
        {...form.getInputProps("address")}
      />
      <TextInput label={t("new.name")} {...form.getInputProps("name")} />
    </div>
  );
}

function Words({ form, inbox }: { form: Form; inbox: Inbox }) {
  const { t } = useTranslation();
  const { has_subject, text_max_chars, counts_segments } = inbox.capabilities;
  return (
    <>
      {has_subject && (
        <TextInput label={t("composer.subject")} {...form.getInputProps("subject")} />
      )}
      <Textarea
        label={t("new.text")}
        autosize
        minRows={5}
        maxRows={14}
        maxLength={text_max_chars}
        {...form.getInputProps("text")}
      />
      {counts_segments && (
        <Suspense fallback={null}>
          <SmsCounter
            text={form.values.text}
            onChange={(text) => form.setFieldValue("text", text)}
          />
        </Suspense>
      )}
    </>
  );
}

function Foot({ isSending, onClose }: Props & { isSending: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={css.foot}>
      <Button variant="default" onClick={onClose}>
        {t("common.cancel")}
      </Button>
      <Button type="submit" loading={isSending}>
        {t("composer.send")}
      </Button>
    </div>
  );
}
