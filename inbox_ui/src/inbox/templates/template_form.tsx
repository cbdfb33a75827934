import { Button, FileButton, Progress, TextInput } from "@mantine/core";
import type { TFunction } from "i18next";
import { Paperclip, Send } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { StoredFile, Template, TemplateSlot } from "@/api/types";
import { uploadFile } from "@/api/upload";
import { problemText } from "@/ui/toast";
import { TemplatePreview } from "./template_preview";
import { TemplateState } from "./template_state";
import {
  exampleOf,
  filledIn,
  languageName,
  missingSlots,
  proposals,
  titleOf,
  type Values,
} from "./template_text";
import css from "./templates.module.css";

interface Props {
  template: Template;
  contactName: string;
  isSending: boolean;
  /** Why the last attempt did not go out. */
  problem: string;
  onSend: (values: Values, text: string) => void;
  onBack: () => void;
}

/** One template: its variables to fill in, and beside them what the customer will read. */
export function TemplateForm(props: Props) {
  const { template, contactName, isSending, problem, onSend, onBack } = props;
  const { t, i18n } = useTranslation();
  const [typed, setTyped] = useState<Values>({});
  const [files, setFiles] = useState<Readonly<Record<string, StoredFile>>>({});
  const [isTried, setTried] = useState(false);
  const values: Values = { ...proposals(template, contactName), ...typed };
  const missing = new Set(missingSlots(template, values).map(({ name }) => name));
  const set = (name: string, value: string) => setTyped((old) => ({ ...old, [name]: value }));
  const needed = (name: string) => (isTried && missing.has(name) ? t("common.needed") : undefined);
  return (
    <form
      className={css.one}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (missing.size > 0 || template.state !== "approved") return;
        onSend(values, filledIn(template, values));
      }}
    >
      <div>
        <h3>{titleOf(template)}</h3>
        <p className={css.facts}>
          <TemplateState template={template} /> {languageName(template.language, i18n.language)}
          {template.category && ` · ${categoryName(template.category, t)}`}
        </p>
        {template.reason && <p className={css.reason}>{template.reason}</p>}
      </div>
      <TemplatePreview template={template} values={values} files={files} />
      {template.slots.map((slot) =>
        slot.kind === "text" ? (
          <TextInput
            key={slot.name}
            label={labelOf(slot, t)}
            placeholder={exampleOf(slot, template)}
            withAsterisk
            maxLength={1000}
            error={needed(slot.name)}
            value={values[slot.name] ?? ""}
            onChange={(event) => set(slot.name, event.currentTarget.value)}
          />
        ) : (
          <FileSlot
            key={slot.name}
            slot={slot}
            file={files[slot.name]}
            fault={needed(slot.name)}
            onFile={(file) => {
              set(slot.name, file.id);
              setFiles((old) => ({ ...old, [slot.name]: file }));
            }}
          />
        ),
      )}
      <div className={css.foot}>
        <Button variant="default" className={css.back ?? ""} onClick={onBack}>
          {t("common.back")}
        </Button>
        <Button
          type="submit"
          loading={isSending}
          leftSection={<Send size={14} />}
          disabled={template.state !== "approved"}
        >
          {t("composer.send")}
        </Button>
      </div>
      {problem && (
        <p className={css.reason} role="alert">
          {problem}
        </p>
      )}
      {template.state !== "approved" && (
        <p className={css.reason}>{t(`template.cannot_${template.state}`)}</p>
      )}
    </form>
  );
}

const categoryName = (category: string, t: TFunction): string =>
  t(`template.category_${category.toLowerCase()}`, { defaultValue: category });

/** "1" says little to a person: then it is "Variable 1". */
function labelOf({ name }: TemplateSlot, t: TFunction): string {
  const [part, own = ""] = name.includes(".") ? name.split(".") : ["", name];
  const isNumber = /^\d+$/.test(own);
  if (part === "header" && isNumber) return t("template.header");
  // Networks count buttons from 0.
  if (part === "button" && isNumber) return t("template.button", { number: Number(own) + 1 });
  const what = isNumber ? t("template.variable", { name: own }) : own.replaceAll("_", " ");
  return part ? `${part}: ${what}` : what;
}

const ACCEPT = { image: "image/*", video: "video/*", document: "application/*,text/*" };

interface FileSlotProps {
  slot: TemplateSlot;
  file: StoredFile | undefined;
  fault: string | undefined;
  onFile: (file: StoredFile) => void;
}

function FileSlot({ slot, file, fault, onFile }: FileSlotProps) {
  const { t } = useTranslation();
  const [share, setShare] = useState<number>();
  const [problem, setProblem] = useState("");
  const kind = slot.kind as keyof typeof ACCEPT;
  const take = (chosen: File | null) => {
    if (!chosen) return;
    setProblem("");
    setShare(0);
    uploadFile(chosen, setShare, new AbortController().signal)
      .then(onFile)
      .catch((error: unknown) => setProblem(problemText(error)))
      .finally(() => setShare(undefined));
  };
  const label = t(`template.file_${kind}`);
  return (
    <div className={css.slot}>
      <FileButton accept={ACCEPT[kind]} onChange={take}>
        {(props) => (
          <Button {...props} variant="default" size="sm" leftSection={<Paperclip size={14} />}>
            {label}
          </Button>
        )}
      </FileButton>
      {share !== undefined && (
        <Progress
          w={90}
          size="sm"
          value={share * 100}
          aria-label={t("files.uploading", { name: label })}
        />
      )}
      <span>{file?.name}</span>
      {(problem || fault) && <small role="alert">{problem || fault}</small>}
    </div>
  );
}
