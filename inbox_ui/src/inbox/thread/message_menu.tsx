import { Menu } from "@mantine/core";
import { Pencil, Reply, SmilePlus, Undo2 } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { IN_MAIN } from "@/ui/in_main";
import type { MessageAct } from "./abilities";

const ICONS = { quote: Reply, react: SmilePlus, edit: Pencil, remove: Undo2 };

interface Props {
  acts: readonly MessageAct[];
  onClose: () => void;
  onRun: (act: MessageAct) => void;
  children: ReactElement;
}

/** All that can be done with one message. */
export default function MessageMenu({ acts, onClose, onRun, children }: Props) {
  const { t } = useTranslation();
  return (
    <Menu opened onChange={(isOpen) => !isOpen && onClose()} position="bottom-end" {...IN_MAIN}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {acts.map((act) => {
          const Icon = ICONS[act];
          return (
            <Menu.Item
              key={act}
              leftSection={<Icon size={15} aria-hidden="true" />}
              onClick={() => onRun(act)}
            >
              {t(`tools.${act}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
