import { ActionIcon, Tooltip } from "@mantine/core";
import { useFullscreenElement } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell, BellOff, Maximize, Minimize } from "lucide-react";
import { type CSSProperties, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { Desk, Wallboard } from "@/api/types";
import { useSecond } from "@/routing/clock";
import presence from "@/routing/presence/presence.module.css";
import { queuesQuery, wallboardQuery } from "@/routing/queries";
import { beep } from "@/shell/beep";
import { useCan } from "@/shell/session";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { recall, remember } from "@/ui/local";
import { clockTime } from "@/ui/time";
import { AgentRow } from "./agent_row";
import { type Alert, alertsOf, hasNew } from "./alerts";
import { LineDrawer } from "./line_drawer";
import { QueueTile } from "./queue_tile";
import { byLook, columnsFor, countLooks, inOrder } from "./tiles";
import css from "./wallboard.module.css";

/** The whole centre at a glance, live, and acted on from here. */
export function WallboardPage() {
  const { t } = useTranslation();
  const query = useQuery(wallboardQuery);
  const { ref, toggle, fullscreen } = useFullscreenElement();
  const [hasSound, setSound] = useState(() => recall("wallboard.sound", false));
  const switchSound = () => {
    remember("wallboard.sound", !hasSound);
    setSound(!hasSound);
  };
  return (
    <div ref={ref} className={css.page} data-wall={fullscreen || undefined}>
      <header className={css.head}>
        <h1>{t("wallboard.title")}</h1>
        <Clock />
        <Tool
          label={t(hasSound ? "wallboard.sound_off" : "wallboard.sound_on")}
          onClick={switchSound}
        >
          {hasSound ? <Bell size={18} /> : <BellOff size={18} />}
        </Tool>
        <Tool
          label={t(fullscreen ? "wallboard.leave_wall" : "wallboard.wall")}
          onClick={() => void toggle()}
        >
          {fullscreen ? <Minimize size={18} /> : <Maximize size={18} />}
        </Tool>
      </header>
      <Waiting query={query} />
      {query.data && <Board board={query.data} isWall={fullscreen} hasSound={hasSound} />}
    </div>
  );
}

interface ToolProps {
  label: string;
  onClick: () => void;
  children: React.ReactNode;
}

function Tool({ label, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="transparent"
        className={css.tool ?? ""}
        size="lg"
        aria-label={label}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Clock() {
  return <time className={css.clock}>{clockTime(useSecond())}</time>;
}

interface BoardProps {
  board: Wallboard;
  isWall: boolean;
  hasSound: boolean;
}

function Board({ board, isWall, hasSound }: BoardProps) {
  const { t } = useTranslation();
  const canSetUp = useCan("queue:write");
  const queues = useQuery(queuesQuery).data;
  const [lineOf, setLineOf] = useState<string>();
  const second = useSecond();
  const alerts = useMemo(() => alertsOf(board.queues, queues ?? [], t), [board.queues, queues, t]);
  useAlertSound(alerts, hasSound);
  const tiles = inOrder(board.queues, queues ?? []);
  const nameOf = (id: string) => queues?.find((one) => one.id === id);
  if (board.queues.length === 0) {
    return (
      <Empty title={t("queue.none")} text={t("wallboard.none_text")}>
        {canSetUp && <Link to="/settings/queues">{t("queue.add")}</Link>}
      </Empty>
    );
  }
  return (
    <>
      <div role="status" className={css.alerts}>
        {alerts.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
      <section
        className={css.tiles}
        aria-label={t("wallboard.queues")}
        style={{ "--columns": columnsFor(tiles.length) } as CSSProperties}
      >
        {tiles.map((now) => (
          <QueueTile
            key={now.queue_id}
            queue={nameOf(now.queue_id)}
            now={now}
            second={second}
            onOpen={() => setLineOf(now.queue_id)}
          />
        ))}
      </section>
      {isWall ? (
        <Looks desks={board.desks} second={second} />
      ) : (
        <Agents desks={board.desks} second={second} />
      )}
      <LineDrawer
        queue={lineOf ? nameOf(lineOf) : undefined}
        onClose={() => setLineOf(undefined)}
      />
    </>
  );
}

/** On a wall only the numbers can be read. */
function Looks({ desks, second }: { desks: Desk[]; second: number }) {
  const { t } = useTranslation();
  return (
    <section className={css.looks} aria-label={t("wallboard.agents")}>
      {countLooks(desks, second).map(([look, count]) => (
        <p key={look}>
          <span className={presence.dot} data-look={look} /> <b>{count}</b>{" "}
          {t(`wallboard.look_${look}`)}
        </p>
      ))}
    </section>
  );
}

function Agents({ desks, second }: { desks: Desk[]; second: number }) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const sorted = [...desks].sort(byLook(second));
  return (
    <section aria-label={t("wallboard.agents")}>
      <h2 className={css.title}>{t("wallboard.agents")}</h2>
      <ul className={css.agents}>
        {sorted.map((desk) => (
          <AgentRow
            key={desk.agent_id}
            agent={agents.find(({ id }) => id === desk.agent_id)}
            desk={desk}
            second={second}
          />
        ))}
      </ul>
    </section>
  );
}

function useAlertSound(alerts: readonly Alert[], isOn: boolean): void {
  const before = useRef<readonly Alert[]>(alerts);
  useEffect(() => {
    if (isOn && hasNew(before.current, alerts)) beep();
    before.current = alerts;
  }, [alerts, isOn]);
}
