import { Modal } from "@mantine/core";
import { Download, File } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "@/api/types";
import { fileSize } from "@/ui/time";
import css from "./attachments.module.css";

const PICTURE = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/;

/** Pictures as previews, sound and film as players, the rest as files to save. */
export function Attachments({ items }: { items: readonly Attachment[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Attachment>();
  const shown = items.filter((item) => !item.is_inline);
  if (shown.length === 0) return null;
  return (
    <ul className={css.list} aria-label={t("files.title")}>
      {shown.map((item) => (
        <li key={item.file_id}>
          <One item={item} onOpen={() => setOpen(item)} />
        </li>
      ))}
      {open && (
        <Modal
          opened
          onClose={() => setOpen(undefined)}
          size="auto"
          title={open.name}
          closeButtonProps={{ "aria-label": t("common.close") }}
        >
          <img className={css.big} src={open.url} alt={open.name} />
          <p>
            <a href={open.url} download={open.name}>
              {t("files.save", { size: fileSize(open.size_bytes) })}
            </a>
          </p>
        </Modal>
      )}
    </ul>
  );
}

function One({ item, onOpen }: { item: Attachment; onOpen: () => void }) {
  const { t } = useTranslation();
  if (PICTURE.test(item.media_type)) {
    return (
      <button
        type="button"
        className={css.picture}
        onClick={onOpen}
        aria-label={t("files.open", { name: item.name })}
      >
        <img
          src={item.thumbnail_url || item.url}
          alt=""
          loading="lazy"
          style={{ aspectRatio: item.width ? `${item.width} / ${item.height}` : "4 / 3" }}
        />
      </button>
    );
  }
  const name = `${item.name} (${fileSize(item.size_bytes)})`;
  if (item.media_type.startsWith("audio/")) {
    // biome-ignore lint/a11y/useMediaCaption: what customers send has none.
    return <audio controls preload="none" src={item.url} aria-label={name} />;
  }
  if (item.media_type.startsWith("video/")) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: what customers send has none.
      <video className={css.film} controls preload="metadata" src={item.url} aria-label={name} />
    );
  }
  return (
    <a className={css.file} href={item.url} download={item.name}>
      <File size={18} aria-hidden="true" />
      <span>
        {item.name}
        <small>{fileSize(item.size_bytes)}</small>
      </span>
      <Download size={14} aria-hidden="true" />
    </a>
  );
}
