import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { discard, type Pending, retry } from "@/inbox/composer/outbox";
import { useMe } from "@/shell/session";
import { Avatar } from "@/ui/avatar";
import css from "./message.module.css";
import { useThreadFacts } from "./thread_facts";
import { TroubleAction } from "./trouble_action";

/** Typed and not yet taken by the hub; says honestly which of the two waits it is in. */
export function PendingItem({ pending }: { pending: Pending }) {
  const { t } = useTranslation();
  const me = useMe();
  const { canOf } = useThreadFacts();
  const { body } = pending;
  const side = body.kind === "note" ? "note" : "out";
  const text = pending.preview || body.text;
  return (
    <article className={css.item} data-side={side} data-pending>
      <header className={css.head}>
        <Avatar name={me.name} size={20} />
        <b>{me.name}</b>
        <span>{t(`pending.${pending.state}`)}</span>
      </header>
      <div className={css.bubble}>
        <p className={css.text}>{text}</p>
      </div>
      {pending.state === "refused" && (
        <div className={css.trouble}>
          <span>{pending.problem}</span>
          <TroubleAction
            reason={pending.code}
            inboxId={body.inbox_id}
            canTemplates={canOf(body.inbox_id)?.can_templates ?? false}
          />
          <Button size="compact-xs" variant="default" onClick={() => retry(pending.clientId)}>
            {t("common.again")}
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => discard(pending.clientId)}>
            {t("pending.discard")}
          </Button>
        </div>
      )}
    </article>
  );
}
