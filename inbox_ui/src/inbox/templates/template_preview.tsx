import { FileText, Image, Video } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StoredFile, Template } from "@/api/types";
import { type Piece, pieces, type Values } from "./template_text";
import css from "./templates.module.css";

interface Props {
  template: Template;
  values?: Values;
  files?: Readonly<Record<string, StoredFile>>;
}

/** How the message will look on the customer's phone. */
export function TemplatePreview({ template, values = {}, files = {} }: Props) {
  const { t } = useTranslation();
  const { header, body, footer, buttons, slots } = template;
  return (
    <section className={css.preview} aria-label={t("template.preview")}>
      <div className={css.bubble} lang={template.language.replace("_", "-")}>
        {slots
          .filter(({ kind }) => kind !== "text")
          .map(({ name, kind }) => (
            <FilePlace key={name} kind={kind} file={files[name]} />
          ))}
        {header && (
          <p className={css.header}>
            <Pieces items={pieces(header, template, values, "header.")} />
          </p>
        )}
        <p>
          <Pieces items={pieces(body, template, values)} />
        </p>
        {footer && <p className={css.footer}>{footer}</p>}
      </div>
      {buttons.length > 0 && (
        <ul className={css.buttons}>
          {buttons.map((text) => (
            <li key={text}>
              <Pieces items={pieces(text, template, values)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Pieces({ items }: { items: readonly Piece[] }) {
  return items.map((piece, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text keep their order.
    if (piece.kind === "text") return <span key={index}>{piece.text}</span>;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text keep their order.
      <mark key={index} data-empty={piece.value === "" || undefined}>
        {piece.value || piece.example || piece.name}
      </mark>
    );
  });
}

function FilePlace({ kind, file }: { kind: string; file: StoredFile | undefined }) {
  const { t } = useTranslation();
  const picture = file?.thumbnail_url || (kind === "image" ? file?.url : "");
  if (picture) return <img className={css.picture} src={picture} alt={file?.name ?? ""} />;
  const Icon = kind === "image" ? Image : kind === "video" ? Video : FileText;
  return (
    <span className={css.file}>
      <Icon size={20} aria-hidden="true" />
      {file?.name ?? t(`template.file_${kind}`)}
    </span>
  );
}
