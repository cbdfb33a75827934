import { TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Channel } from "@/api/types";
import { ChannelIcon } from "@/ui/channel_icon";
import { Empty } from "@/ui/empty";
import css from "../settings.module.css";
import { groupsOf } from "./channel_groups";

interface Props {
  channels: readonly Channel[];
  onChoose: (channel: Channel) => void;
}

/** All channels by where a customer writes, with a search. */
export function ChannelChooser({ channels, onChoose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const wanted = text.trim().toLocaleLowerCase();
  const shown = channels.filter(({ title, about }) =>
    `${title} ${about}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <>
      <TextInput
        type="search"
        maw={420}
        aria-label={t("inboxes.search_channel")}
        placeholder={t("inboxes.search_channel")}
        leftSection={<Search size={15} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {shown.length === 0 && (
        <Empty title={t("common.nothing")} text={t("inboxes.no_channel_text")} />
      )}
      {groupsOf(shown).map(([group, members]) => (
        <section key={group} className={css.group} aria-labelledby={`channels-${group}`}>
          <h2 id={`channels-${group}`}>{t(`channel_group.${group}`)}</h2>
          <div className={css.channels}>
            {members.map((one) => (
              <button
                key={one.name}
                type="button"
                className={css.channel}
                onClick={() => onChoose(one)}
              >
                <span className={css.badge}>
                  <ChannelIcon channel={one.name} size={22} />
                </span>
                <span className={css.about}>
                  <b>{one.title}</b>
                  <small>{one.about}</small>
                </span>
              </button>
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
