import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import css from "@/shell/shell.module.css";
import { recall, remember } from "@/ui/local";
import { parts } from "./parts";

const AWAY_MS = 15 * 60_000;
const BEAT_MS = 60_000;

/** Once, when somebody comes back after a quarter of an hour: what happened meanwhile. */
export function AwayBanner() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [since, setSince] = useState(0);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== "visible") return;
      const seen = recall("seen-at", 0);
      const now = Date.now();
      if (seen && now - seen > AWAY_MS) setSince(seen);
      remember("seen-at", now);
    };
    look();
    const timer = setInterval(look, BEAT_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  const away = useQuery({
    queryKey: keys.away(since),
    queryFn: () => need(api.GET("/api/v1/me/away", { params: { query: { since } } })),
    enabled: since > 0,
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const told = away ? parts(away) : [];
  if (since === 0 || told.length === 0) return null;
  const close = () => {
    setSince(0);
    client.removeQueries({ queryKey: keys.away(since) });
  };
  return (
    <section className={css.banner} aria-label={t("away_note.title")}>
      <span>
        {t("away_note.title")}{" "}
        {told.map(({ name, count, to }, at) => (
          <span key={name}>
            {at > 0 && " · "}
            {to ? (
              <Link to={to} onClick={close}>
                {t(`away_note.${name}`, { count })}
              </Link>
            ) : (
              t(`away_note.${name}`, { count })
            )}
          </span>
        ))}
      </span>
      <Button size="compact-sm" variant="default" onClick={close}>
        {t("away_note.close")}
      </Button>
    </section>
  );
}
