import { Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, Keyboard, LogOut, Moon, Settings, Sun, SunMoon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useRunAction } from "@/actions/context";
import { api, need } from "@/api/client";
import { keys } from "@/api/keys";
import type { Me, Theme } from "@/api/types";
import { Avatar } from "@/ui/avatar";
import { toastProblem } from "@/ui/toast";
import css from "./navigation.module.css";
import { useMe } from "./session";

const THEMES: { theme: Theme; icon: typeof Sun }[] = [
  { theme: "system", icon: SunMoon },
  { theme: "light", icon: Sun },
  { theme: "dark", icon: Moon },
];

/** Me: theme, workspace, help, sign out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const run = useRunAction();
  const navigate = useNavigate();
  const client = useQueryClient();
  const theme = useMutation({
    mutationFn: (theme: Theme) => need(api.PATCH("/api/v1/me", { body: { theme } })),
    onMutate: (theme) => client.setQueryData<Me>(keys.me, (old) => (old ? { ...old, theme } : old)),
    onError: toastProblem,
  });
  const workspace = useMutation({
    mutationFn: (workspace_id: string) =>
      need(api.POST("/api/v1/me/workspace", { body: { workspace_id } })),
    onSuccess: () => globalThis.location.assign("/"),
    onError: toastProblem,
  });
  return (
    <Menu position="right-end" withinPortal>
      <Menu.Target>
        <button type="button" className={css.link}>
          <Avatar name={me.name} size={22} />
          <span className={css.text}>{me.name}</span>
          <span className="hidden-visually">{t("shell.account")}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <Menu.Item
          leftSection={<Settings size={16} />}
          onClick={() => void navigate({ to: "/settings/profile" })}
        >
          {t("settings.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<Keyboard size={16} />} onClick={() => run("help")}>
          {t("actions.help")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("shell.theme")}</Menu.Label>
        {THEMES.map(({ theme: name, icon: Icon }) => (
          <Menu.Item
            key={name}
            leftSection={<Icon size={16} />}
            rightSection={me.theme === name ? <Check size={14} /> : null}
            onClick={() => theme.mutate(name)}
          >
            {t(`shell.theme_${name}`)}
          </Menu.Item>
        ))}
        {me.workspaces.length > 1 && <Menu.Label>{t("shell.workspaces")}</Menu.Label>}
        {me.workspaces.length > 1 &&
          me.workspaces.map(({ id, name }) => (
            <Menu.Item
              key={id}
              rightSection={me.workspace.id === id ? <Check size={14} /> : null}
              onClick={() => workspace.mutate(id)}
            >
              {name}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} />} onClick={() => run("sign_out")}>
          {t("actions.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
