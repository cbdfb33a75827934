import { Modal, Select, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template, Way } from "@/api/types";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { SyncButton } from "./sync_button";
import { TemplateForm } from "./template_form";
import { TemplateState } from "./template_state";
import { languageName, sampleOf, titleOf, type Values } from "./template_text";
import css from "./templates.module.css";
import { useTemplates } from "./use_templates";

export interface ChosenTemplate {
  way: Way;
  template: Template;
  values: Values;
  text: string;
}

interface Props {
  /** Those that take templates. */
  ways: readonly Way[];
  way: Way;
  contactName: string;
  onSend: (chosen: ChosenTemplate) => void;
  onClose: () => void;
}

const STATES = ["approved", "pending", "paused", "rejected", "disabled"] as const;

/** Choose a template, fill it in, see how it will read, send it. */
export default function TemplatePicker({ ways, way: first, contactName, onSend, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [way, setWay] = useState(first);
  const [text, setText] = useState("");
  const [language, setLanguage] = useState("");
  const [state, setState] = useState<string>("approved");
  const [chosenId, setChosenId] = useState("");
  const { query, sync, maySync } = useTemplates(way.inbox_id);
  const all = query.data;
  const languages = useMemo(() => [...new Set(all?.map((one) => one.language))].sort(), [all]);
  const shown = useMemo(
    () => filter(all ?? [], text, language, state),
    [all, text, language, state],
  );
  const chosen = all?.find(({ id }) => id === chosenId) ?? (isNarrow ? undefined : shown[0]);
  return (
    <Modal
      opened
      onClose={onClose}
      size={920}
      fullScreen={isNarrow}
      title={t("template.title")}
      closeButtonProps={{ "aria-label": t("common.close"), size: isNarrow ? 44 : 28 }}
    >
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
            {ways.length > 1 && (
              <Select
                size="xs"
                aria-label={t("filter.inbox_id")}
                allowDeselect={false}
                value={`${way.inbox_id} ${way.identity_id}`}
                data={ways.map((one) => ({
                  value: `${one.inbox_id} ${one.identity_id}`,
                  label: [one.name, one.address].filter(Boolean).join(" · "),
                }))}
                onChange={(key) =>
                  setWay(ways.find((one) => `${one.inbox_id} ${one.identity_id}` === key) ?? way)
                }
              />
            )}
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
            onSend={(values, filled) => onSend({ way, template: chosen, values, text: filled })}
            onBack={() => setChosenId("")}
          />
        )}
      </div>
    </Modal>
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
