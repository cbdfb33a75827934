import { useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useShortcuts } from "@/actions/context";
import { ShortcutsHelp } from "@/actions/help";
import { Palette } from "@/actions/palette";
import { meQuery } from "@/api/queries";
import { signOut } from "@/api/query_client";
import type { Me } from "@/api/types";
import { showLanguage } from "@/i18n";
import { startOutbox } from "@/inbox/composer/outbox";
import { NewConversation } from "@/inbox/new_conversation";
import { Live } from "@/live/live";
import { WrapUpBar } from "@/routing/header/wrap_up_bar";
import { Offers } from "@/routing/offers/offers";
import { AwayNotice } from "@/routing/presence/away_notice";
import { AwayBanner } from "@/work/away/away_banner";
import { ConnectionBanner, HeldBanner } from "./banners";
import { Navigation } from "./navigation";
import { useNotices } from "./notices";
import { SessionContext } from "./session";
import css from "./shell.module.css";

/** What stands around every page of a signed-in person. */
export function Shell() {
  const client = useQueryClient();
  const me = useQuery(meQuery).data;
  const live = useMemo(() => new Live(client, () => signOut(client)), [client]);
  useEffect(() => live.start(), [live]);
  const session = useMemo(() => (me ? { me, live } : undefined), [me, live]);
  if (!session) return null;
  return (
    <SessionContext value={session}>
      <Frame me={session.me} />
    </SessionContext>
  );
}

function Frame({ me }: { me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  useAppearance(me);
  useShortcuts();
  useNotices();
  useFocusOnNewPage();
  useEffect(() => startOutbox(client, me.agent_id), [client, me.agent_id]);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        {t("shell.skip")}
      </a>
      <Navigation />
      <div className={css.content}>
        <ConnectionBanner />
        <AwayNotice />
        <AwayBanner />
        <WrapUpBar />
        {me.is_outbound_held && <HeldBanner />}
        <main id="main" className={css.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Palette />
      <ShortcutsHelp />
      <NewConversation />
      <Offers />
    </div>
  );
}

/** When the link that was followed is gone with its page, reading goes on at the new page's beginning. */
function useFocusOnNewPage(): void {
  const page = useLocation({ select: ({ pathname }) => pathname.split("/", 3).join("/") });
  // biome-ignore lint/correctness/useExhaustiveDependencies: on every change of the page.
  useEffect(() => {
    if (document.activeElement === document.body) document.getElementById("main")?.focus();
  }, [page]);
}

/** Theme and language follow the profile. */
function useAppearance(me: Me): void {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = me.theme === "system" ? "auto" : me.theme;
  useEffect(() => setColorScheme(scheme), [scheme, setColorScheme]);
  const language = me.language || me.workspace.language;
  useEffect(() => void showLanguage(language), [language]);
}
