import { useTranslation } from "react-i18next";
import type { InboxSettings } from "@/api/types";
import { CopyText } from "@/ui/copy";
import { Card } from "../page";
import css from "../settings.module.css";
import { useFresh } from "./fresh_secrets";

/** What has to be entered at the other end: an address or a snippet, and secrets just made up. */
export function SetUp({ settings }: { settings: InboxSettings }) {
  const { t } = useTranslation();
  const fresh = useFresh(settings.inbox.id);
  if (!settings.hook_url) return null;
  const there = settings.hook_url.startsWith("<") ? "snippet" : "hook";
  const hasSecrets = there === "hook" && fresh.length > 0;
  return (
    <Card title={t(`inboxes.${there}`)}>
      <p className={css.text}>{t(`inboxes.${there}_text`)}</p>
      <CopyText text={settings.hook_url} label={t(`inboxes.${there}`)} />
      {hasSecrets &&
        fresh.map(({ label, value }) => (
          <div key={label} className={css.pair}>
            <b>{label}</b>
            <CopyText text={value} label={label} />
          </div>
        ))}
      {hasSecrets && <small className={css.soft}>{t("inboxes.fresh_text")}</small>}
    </Card>
  );
}
