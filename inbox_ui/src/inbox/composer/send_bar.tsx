import { ActionIcon, Button, FileButton, Menu, Tooltip } from "@mantine/core";
import {
  ChevronDown,
  LayoutTemplate,
  Mic,
  Paperclip,
  Send,
  SquareMousePointer,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IN_MAIN } from "@/ui/in_main";
import css from "./composer.module.css";
import type { Hindrance } from "./rules";

interface Props {
  problem: Hindrance | undefined;
  isNote: boolean;
  count: number;
  limit: number;
  onFiles: ((files: Iterable<File>) => void) | undefined;
  /** Shows or hides the field for quick replies, where the channel has them. */
  onButtons: (() => void) | undefined;
  onVoice: (() => void) | undefined;
  onTemplates: (() => void) | undefined;
  onSend: (closes: boolean) => void;
}

/** What nothing else on the screen says. */
const TOLD: readonly Hindrance[] = ["no_target", "uploading", "files"];

/** Files, what is left to type, and sending. */
export function SendBar({
  problem,
  isNote,
  count,
  limit,
  onFiles,
  onButtons,
  onVoice,
  onTemplates,
  onSend,
}: Props) {
  const { t } = useTranslation();
  const left = limit - count;
  const isNear = left < Math.max(100, limit / 10);
  const tool = (label: string, icon: ReactNode, onClick: () => void) => (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <div className={css.bar}>
      {onFiles && (
        <FileButton onChange={onFiles} multiple>
          {(props) => tool(t("files.add"), <Paperclip size={17} />, props.onClick)}
        </FileButton>
      )}
      {onVoice && tool(t("voice.record"), <Mic size={17} />, onVoice)}
      {onButtons && tool(t("composer.quick_replies"), <SquareMousePointer size={17} />, onButtons)}
      {onTemplates && tool(t("template.open"), <LayoutTemplate size={17} />, onTemplates)}
      <span className={css.hint}>{t(isNote ? "composer.hint_note" : "composer.hint")}</span>
      {isNear && (
        <span className={left < 0 ? css.warn : css.count} role="status">
          {t("composer.left", { count: left })}
        </span>
      )}
      {problem && TOLD.includes(problem) && (
        <span className={css.warn}>{t(`composer.problem_${problem}`)}</span>
      )}
      <Button.Group>
        <Button
          size="sm"
          disabled={problem !== undefined}
          leftSection={<Send size={14} />}
          onClick={() => onSend(false)}
        >
          {t(isNote ? "composer.add_note" : "composer.send")}
        </Button>
        {!isNote && (
          <Menu position="top-end" {...IN_MAIN}>
            <Menu.Target>
              <Button
                size="sm"
                px={8}
                disabled={problem !== undefined}
                aria-label={t("composer.more")}
              >
                <ChevronDown size={15} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => onSend(true)}>{t("composer.send_close")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Button.Group>
    </div>
  );
}
