import { Badge, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import { sessionsQuery } from "@/api/queries";
import { Waiting } from "@/ui/fault";
import { Time } from "@/ui/now";
import { toastProblem } from "@/ui/toast";
import { Card } from "../page";
import css from "../settings.module.css";

/** Where I am signed in. */
export function Sessions() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: (id: string) =>
      need(
        api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: id } } }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.sessions }),
    onError: toastProblem,
  });
  return (
    <Card title={t("profile.sessions")}>
      <Waiting query={query} />
      <ul className={css.rows} hidden={!query.data}>
        {query.data?.map((session) => (
          <li key={session.id}>
            <span className={css.grow}>
              {browserName(session.user_agent)}
              <small>
                {session.ip} · {t("profile.last_seen")} <Time at={session.last_seen_at} />
              </small>
            </span>
            {session.is_current ? (
              <Badge variant="default">{t("profile.this_one")}</Badge>
            ) : (
              <Button variant="default" size="xs" onClick={() => end.mutate(session.id)}>
                {t("profile.end_session")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;
const SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux"] as const;

/** "Firefox, Linux" out of a user agent; good enough to recognise one's own devices. */
export function browserName(agent: string): string {
  const browser = BROWSERS.find((name) => agent.includes(name));
  const system = SYSTEMS.find((name) => agent.includes(name));
  const shown = browser === "Edg" ? "Edge" : browser === "OPR" ? "Opera" : browser;
  return [shown, system].filter(Boolean).join(", ") || agent.slice(0, 60);
}
