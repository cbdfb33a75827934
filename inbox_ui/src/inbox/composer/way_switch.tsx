import { Menu, UnstyledButton } from "@mantine/core";
import { Check, ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Way } from "@/api/types";
import { ChannelIcon } from "@/ui/channel_icon";
import { IN_MAIN } from "@/ui/in_main";
import { useNow } from "@/ui/now";
import css from "./composer.module.css";
import { stateOf } from "./rules";

interface Props {
  ways: readonly Way[];
  way: Way | undefined;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onChoose: (way: Way) => void;
}

/** By which inbox, and to which address, the answer goes. */
export function WaySwitch({ ways, way, isOpen, onOpen, onChoose }: Props) {
  const { t } = useTranslation();
  if (!way) return <span className={css.warn}>{t("composer.no_target")}</span>;
  return (
    <Menu
      opened={isOpen}
      onChange={onOpen}
      position="top-start"
      {...IN_MAIN}
      width={320}
      closeOnItemClick
    >
      <Menu.Target>
        <UnstyledButton className={css.target ?? ""} aria-haspopup="menu">
          <span className="hidden-visually">{t("composer.by")}</span>
          <ChannelIcon channel={way.channel} size={14} />
          <span className={css.way}>{way.name}</span>
          <WayState way={way} />
          <ChevronDown size={13} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("ways.title")}</Menu.Label>
        {ways.map((one) => (
          <Menu.Item
            key={`${one.inbox_id} ${one.identity_id}`}
            className={css.choice ?? ""}
            leftSection={<ChannelIcon channel={one.channel} size={18} />}
            rightSection={
              one === way && <Check size={15} role="img" aria-label={t("common.chosen")} />
            }
            onClick={() => onChoose(one)}
          >
            <b>{one.name}</b>
            {one.address && <span>{one.address}</span>}
            <WayState way={one} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** In words: whether it is open, and for live channels whether somebody is there. */
function WayState({ way }: { way: Way }) {
  const { t } = useTranslation();
  const state = stateOf(way, useNow());
  if (state !== "ok") {
    return (
      <small data-tone={state === "paused" ? "warn" : "bad"}>{t(`ways.state_${state}`)}</small>
    );
  }
  if (way.capabilities.is_live) {
    return <small>{t(way.is_present ? "composer.present" : "composer.away")}</small>;
  }
  return <small data-tone="good">{t("ways.state_ok")}</small>;
}
