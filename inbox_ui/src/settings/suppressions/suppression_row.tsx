import { useQuery } from "@tanstack/react-query";
import { Mail, Phone } from "lucide-react";
import type { PropsWithChildren } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery, channelsQuery, inboxesQuery } from "@/api/queries";
import type { Suppression } from "@/api/types";
import { dateTime, exactTime } from "@/ui/time";
import css from "../settings.module.css";

interface Props {
  suppression: Suppression;
}

/** One address, why it stands here, and its whole history on demand. */
export function SuppressionRow({ suppression, children }: PropsWithChildren<Props>) {
  const { t } = useTranslation();
  const channels = useQuery(channelsQuery).data ?? [];
  const { channel, kind, value, scope, history } = suppression;
  const where = channels.find(({ name }) => name === channel)?.title ?? channel;
  const last = history.at(-1);
  const Icon = kind === "email" ? Mail : Phone;
  return (
    <li>
      <Icon size={18} role="img" aria-label={t(`identity.${kind}`)} />
      <span className={css.grow}>
        {value}
        <small>
          {where ? t("suppression.on", { channel: where }) : t("suppression.everywhere")}
          {" · "}
          {t(`suppression.scope_${scope}`)}
          {last && ` · ${t(`suppression.source_${last.source}`)}, ${dateTime(last.at)}`}
        </small>
        {history.length > 0 && <History history={history} />}
      </span>
      {children}
    </li>
  );
}

function History({ history }: Pick<Suppression, "history">) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const inboxes = useQuery(inboxesQuery).data ?? [];
  return (
    <details className={css.history}>
      <summary>{t("suppression.history")}</summary>
      <ol>
        {history.map((proof) => {
          const who = agents.find(({ id }) => id === proof.agent_id)?.name;
          const inbox = inboxes.find(({ id }) => id === proof.inbox_id)?.name;
          const by = [t(`suppression.source_${proof.source}`), who, inbox].filter(Boolean);
          return (
            <li key={`${proof.at} ${proof.source}`}>
              <time dateTime={new Date(proof.at).toISOString()} title={exactTime(proof.at)}>
                {dateTime(proof.at)}
              </time>{" "}
              <b>{t(proof.is_opted_out ? "suppression.out" : "suppression.in")}</b> {by.join(", ")}
              {proof.text && <q>{proof.text}</q>}
            </li>
          );
        })}
      </ol>
    </details>
  );
}
