import { Select, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Search } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template } from "@/api/types";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { SyncButton } from "./sync_button";
import { TemplateForm } from "./template_form";
import { TemplateState } from "./template_state";
import { languageName, sampleOf, titleOf, type Values } from "./template_text";
import css from "./templates.module.css";
import { useTemplates } from "./use_templates";

interface Props {
  inboxId: string;
  contactName: string;
  /** Stands among the filters: what else narrows the list. */
  filter?: ReactNode;
  isSending?: boolean;
  /** Why the last attempt did not go out. */
  problem?: string;
  onSend: (template: Template, values: Values, text: string) => void;
}

const STATES = ["approved", "pending", "paused", "rejected", "disabled"] as const;

/** The templates of one inbox, and the chosen one to fill in: side by side, on a phone in turn. */
export default function TemplateBrowser(props: Props) {
  const { inboxId, contactName, filter: own, isSending, problem, onSend } = props;
  const { t, i18n } = useTranslation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [text, setText] = useState("");
  const [language, setLanguage] = useState("");
  const [state, setState] = useState<string>("approved");
  const [chosenId, setChosenId] = useState("");
  const { query, sync, maySync } = useTemplates(inboxId);
  const all = query.data;
  const languages = useMemo(() => [...new Set(all?.map((one) => one.language))].sort(), [all]);
  const shown = useMemo(
    () => filter(all ?? [], text, language, state),
    [all, text, language, state],
  );
  const chosen = all?.find(({ id }) => id === chosenId) ?? (isNarrow ? undefined : shown[0]);
  return (
    <div className={css.picker} data-one={(isNarrow && chosen !== undefined) || undefined}>
      <div className={css.list}>
        <TextInput
          data-autofocus
          aria-label={t("template.search")}
          placeholder={t("template.search")}
          leftSection={<Search size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className={css.filters}>
          {own}
          <Select
            size="xs"
            aria-label={t("template.language")}
            placeholder={t("template.any_language")}
            clearable
            value={language || null}
            data={languages.map((code) => ({
              value: code,
              label: languageName(code, i18n.language),
            }))}
            onChange={(value) => setLanguage(value ?? "")}
          />
          <Select
            size="xs"
            aria-label={t("template.state")}
            placeholder={t("template.any_state")}
            clearable
            value={state || null}
            data={STATES.map((one) => ({ value: one, label: t(`template.state_${one}`) }))}
            onChange={(value) => setState(value ?? "")}
          />
        </div>
        <Waiting query={query} />
        {all && shown.length === 0 && (
          <Empty
            title={t(all.length === 0 ? "template.none" : "template.none_found")}
            text={t(all.length === 0 ? "template.none_text" : "template.none_found_text")}
          />
        )}
        <ul className={css.items} aria-label={t("template.list")}>
          {shown.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                className={css.item}
                aria-current={one === chosen}
                onClick={() => setChosenId(one.id)}
              >
                <b>{titleOf(one)}</b>
                {one.state !== "approved" && <TemplateState template={one} />}
                <span>{sampleOf(one)}</span>
              </button>
            </li>
          ))}
        </ul>
        {maySync && <SyncButton sync={sync} />}
      </div>
      {chosen && (
        <TemplateForm
          key={chosen.id}
          template={chosen}
          contactName={contactName}
          isSending={isSending ?? false}
          problem={problem ?? ""}
          onSend={(values, filled) => onSend(chosen, values, filled)}
          onBack={() => setChosenId("")}
        />
      )}
    </div>
  );
}

function filter(all: readonly Template[], text: string, language: string, state: string) {
  const wanted = text.trim().toLocaleLowerCase();
  return all.filter(
    (one) =>
      (!language || one.language === language) &&
      (!state || one.state === state) &&
      `${one.name} ${titleOf(one)} ${one.body}`.toLocaleLowerCase().includes(wanted),
  );
}
