import { Menu, UnstyledButton } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ReplyTarget } from "@/api/types";
import { ChannelIcon } from "@/ui/channel_icon";
import css from "./composer.module.css";

interface Props {
  targets: readonly ReplyTarget[];
  target: ReplyTarget | undefined;
  onChoose: (inboxId: string) => void;
}

/** By which inbox, and to which address, the answer goes. */
export function TargetChooser({ targets, target, onChoose }: Props) {
  const { t } = useTranslation();
  if (!target) return <span className={css.warn}>{t("composer.no_target")}</span>;
  return (
    <Menu position="top-start" withinPortal>
      <Menu.Target>
        <UnstyledButton className={css.target ?? ""} disabled={targets.length < 2}>
          <span className="hidden-visually">{t("composer.by")}</span>
          <ChannelIcon channel={target.channel} size={14} />
          <span>{target.name}</span>
          <small>{presence(target, t)}</small>
          {targets.length > 1 && <ChevronDown size={13} aria-hidden="true" />}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {targets.map((one) => (
          <Menu.Item
            key={one.inbox_id}
            leftSection={<ChannelIcon channel={one.channel} />}
            onClick={() => onChoose(one.inbox_id)}
          >
            {one.name} <small>{presence(one, t)}</small>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function presence(target: ReplyTarget, t: (key: string) => string): string {
  if (target.is_paused) return t("composer.is_paused");
  if (!target.capabilities.is_live) return target.address;
  return t(target.is_present ? "composer.present" : "composer.away");
}
