import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { inboxesQuery } from "@/api/queries";
import { ChannelIcon } from "@/ui/channel_icon";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { Time } from "@/ui/now";
import { SettingsPage } from "../page";
import css from "../settings.module.css";
import { HealthState } from "./health_line";

export function InboxListPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useQuery(inboxesQuery);
  const inboxes = query.data;
  const add = (
    <Button
      leftSection={<Plus size={16} />}
      onClick={() => void navigate({ to: "/settings/inboxes/new" })}
    >
      {t("inboxes.add")}
    </Button>
  );
  return (
    <SettingsPage title={t("settings.inboxes")} text={t("inboxes.text")} action={add}>
      <Waiting query={query} />
      {inboxes?.length === 0 && <Empty title={t("inboxes.none")} text={t("inboxes.none_text")} />}
      {inboxes && inboxes.length > 0 && (
        <ul className={css.rows}>
          {inboxes.map((inbox) => (
            <li key={inbox.id} className={css.tight}>
              <ChannelIcon channel={inbox.channel} size={24} />
              <span className={css.grow}>
                <Link to="/settings/inboxes/$inboxId" params={{ inboxId: inbox.id }}>
                  {inbox.name}
                </Link>
                <small>{inbox.address}</small>
                {inbox.health.last_in_at > 0 && (
                  <small>
                    {t("health.last_in")}: <Time at={inbox.health.last_in_at} />
                  </small>
                )}
              </span>
              <HealthState inbox={inbox} />
            </li>
          ))}
        </ul>
      )}
    </SettingsPage>
  );
}
