import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "@/api/queries";
import type { Message } from "@/api/types";
import { skillsQuery } from "@/routing/queries";
import css from "./thread.module.css";
import { passedBy, readTrace, type Trace, tellTrace } from "./trace";

/** "Why this agent?" beside an assignment that routing made. */
export function WhyButton({ message }: { message: Message }) {
  const { t } = useTranslation();
  const trace = message.activity === "assigned" ? readTrace(message.details.trace) : undefined;
  if (!trace) return null;
  return (
    <Popover width={340} position="top" withArrow trapFocus>
      <Popover.Target>
        <button type="button" className={css.why}>
          {t("trace.why")}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("trace.why")}>
        <Told trace={trace} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Told({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const agents = useQuery(agentsQuery).data ?? [];
  const skills = useQuery(skillsQuery).data ?? [];
  const agent = (id: string) => agents.find((one) => one.id === id)?.name ?? t("common.colleague");
  const skill = (id: string) => skills.find((one) => one.id === id)?.name ?? t("skill.gone");
  const passed = passedBy(trace);
  return (
    <div className={css.told}>
      {tellTrace(trace, t, { agent, skill }).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {passed.length > 0 && (
        <>
          <h3>{t("trace.passed")}</h3>
          <ul>
            {passed.map(([why, ids]) => (
              <li key={why}>
                <b>{ids.map(agent).join(", ")}</b>: {t(`trace.why_${why}`)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
