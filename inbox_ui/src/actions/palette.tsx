import { Kbd } from "@mantine/core";
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { useRouter } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Action, isAvailable, labelOf } from "./action";
import { ACTIONS } from "./app";
import { useActionContext } from "./context";
import { showKeys } from "./keys";

const GROUPS: Action["group"][] = ["conversation", "go", "app"];

/** Every action by name; what is typed can also be searched for in all conversations. */
export function Palette() {
  const { t } = useTranslation();
  const router = useRouter();
  const context = useActionContext();
  const [query, setQuery] = useState("");
  const now = context();
  const groups: SpotlightActionGroupData[] = GROUPS.map((group) => ({
    group: t(`actions.group_${group}`),
    actions: ACTIONS.filter(
      (a) => a.group === group && a.id !== "palette" && isAvailable(a, now),
    ).map((action) => ({
      id: action.id,
      label: t(labelOf(action, now)),
      leftSection: <action.icon size={16} />,
      rightSection: action.keys ? <Keys keys={action.keys} /> : null,
      onClick: () => action.run(context()),
    })),
  }));
  if (query.trim()) {
    groups.push({
      group: t("actions.group_search"),
      actions: [
        {
          id: "search_for",
          label: t("actions.search_for", { text: query.trim() }),
          keywords: query,
          leftSection: <Search size={16} />,
          onClick: () => void router.navigate({ to: "/search", search: { text: query.trim() } }),
        },
      ],
    });
  }
  return (
    <Spotlight
      title={t("actions.palette")}
      classNames={{ header: "hidden-visually" }}
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      highlightQuery
      scrollable
      maxHeight={420}
      nothingFound={t("actions.nothing_found")}
      searchProps={{
        leftSection: <Search size={18} />,
        placeholder: t("actions.palette_placeholder"),
        "aria-label": t("actions.palette"),
      }}
    />
  );
}

export function Keys({ keys }: { keys: string }) {
  return (
    <span style={{ display: "inline-flex", gap: 4, flex: "none" }}>
      {showKeys(keys).map((key) => (
        <Kbd key={key} size="xs">
          {key}
        </Kbd>
      ))}
    </span>
  );
}
