import { Collapse, TextInput, UnstyledButton } from "@mantine/core";
import { ChevronDown, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template } from "@/api/types";
import { SyncButton } from "@/inbox/templates/sync_button";
import { TemplatePreview } from "@/inbox/templates/template_preview";
import { TemplateState } from "@/inbox/templates/template_state";
import { languageName, titleOf } from "@/inbox/templates/template_text";
import { useTemplates } from "@/inbox/templates/use_templates";
import { Empty } from "@/ui/empty";
import { Waiting } from "@/ui/fault";
import { Card } from "../page";
import css from "../settings.module.css";

/** The templates of one inbox: what the network says about each, and what it looks like. */
export function TemplatesTab({ inboxId }: { inboxId: string }) {
  const { t } = useTranslation();
  const { query, sync, maySync } = useTemplates(inboxId);
  const [text, setText] = useState("");
  const wanted = text.trim().toLocaleLowerCase();
  const all = query.data ?? [];
  const shown = all.filter((one) =>
    `${one.name} ${one.title} ${one.body}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <Card title={t("inboxes.tab_templates")}>
      <p className={css.text}>{t("template.about")}</p>
      {maySync && <SyncButton sync={sync} />}
      <Waiting query={query} />
      {query.data && all.length === 0 && (
        <Empty title={t("template.none")} text={t("template.none_text")} />
      )}
      {all.length > 5 && (
        <TextInput
          type="search"
          aria-label={t("template.search")}
          placeholder={t("template.search")}
          leftSection={<Search size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {shown.length > 0 && (
        <ul className={css.rows} aria-label={t("template.list")}>
          {shown.map((one) => (
            <Row key={one.id} template={one} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Row({ template }: { template: Template }) {
  const { t, i18n } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={css.fold}>
      <UnstyledButton
        className={css.summary ?? ""}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={css.grow}>
          {titleOf(template)}
          <small>
            {languageName(template.language, i18n.language)}
            {template.category &&
              ` · ${t(`template.category_${template.category.toLowerCase()}`, { defaultValue: template.category })}`}
          </small>
        </span>
        <TemplateState template={template} />
        <ChevronDown size={16} aria-hidden="true" className={css.chevron} />
      </UnstyledButton>
      {template.reason && <p className={css.fault}>{template.reason}</p>}
      <Collapse expanded={isOpen}>
        <div className={css.folded}>
          <TemplatePreview template={template} />
        </div>
      </Collapse>
    </li>
  );
}
