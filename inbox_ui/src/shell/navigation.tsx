import { ActionIcon, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Menu as MenuIcon, PenSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useRunAction } from "@/actions/context";
import { PresenceMenu } from "@/routing/presence/presence_menu";
import css from "./navigation.module.css";
import { NavigationLinks } from "./navigation_links";
import { useMe } from "./session";
import { useUi } from "./ui_state";

export const PHONE = "(max-width: 48em)";

const close = () => useUi.setState({ isNavOpen: false });

/** The side bar; on a phone a bar on top with a drawer. */
export function Navigation() {
  const { t } = useTranslation();
  const isPhone = useMediaQuery(PHONE) ?? false;
  const isOpen = useUi((state) => state.isNavOpen);
  const run = useRunAction();
  const me = useMe();
  if (!isPhone) {
    return (
      <nav className={css.side} aria-label={t("shell.navigation")}>
        <NavigationLinks />
      </nav>
    );
  }
  return (
    <section className={css.top} aria-label={me.workspace.name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={44}
        aria-label={t("shell.open_menu")}
        onClick={() => useUi.setState({ isNavOpen: true })}
      >
        <MenuIcon size={20} />
      </ActionIcon>
      <span className={css.name}>{me.workspace.name}</span>
      {!isOpen && <PresenceMenu isSmall />}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={44}
        aria-label={t("actions.new_conversation")}
        onClick={() => run("new_conversation")}
      >
        <PenSquare size={20} />
      </ActionIcon>
      <Drawer
        opened={isOpen}
        onClose={close}
        size={280}
        title={me.workspace.name}
        closeButtonProps={{ "aria-label": t("common.close"), size: 44 }}
      >
        <nav aria-label={t("shell.navigation")} onClickCapture={closeOnLink}>
          <NavigationLinks />
        </nav>
      </Drawer>
    </section>
  );
}

function closeOnLink(event: React.MouseEvent): void {
  if ((event.target as HTMLElement).closest("a")) close();
}
