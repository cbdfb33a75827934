import { Modal } from "@mantine/core";
import { Download, File, Image, Mic, Music, Video } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment, Message } from "@/api/types";
import { fileSize } from "@/ui/time";
import css from "./attachments.module.css";
import { LostFile } from "./lost_file";

const PICTURE = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/;

/** Pictures as previews, sound and film as players, the rest as files to save. */
export function Attachments({ message }: { message: Message }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Attachment>();
  const items = message.attachments;
  if (items.every((item) => item.is_inline)) return null;
  return (
    <ul className={css.list} aria-label={t("files.title")}>
      {items.map((item, position) =>
        item.is_inline ? null : (
          // A file keeps its place while it is fetched, and gets its id only then.
          // biome-ignore lint/suspicious/noArrayIndexKey: the order never changes.
          <li key={position}>
            {item.state === "failed" ? (
              <LostFile message={message} position={position} item={item} />
            ) : (
              <One item={item} onOpen={() => setOpen(item)} />
            )}
          </li>
        ),
      )}
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
  if (item.state === "fetching") return <Fetching item={item} />;
  if (item.is_sticker) return <Sticker item={item} />;
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
  if (item.is_voice || item.media_type.startsWith("audio/")) {
    return <Sound item={item} name={item.is_voice ? t("files.voice") : name} />;
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

/** Its length is known as soon as its first bytes are; it never starts by itself. */
function Sound({ item, name }: { item: Attachment; name: string }) {
  const Icon = item.is_voice ? Mic : Music;
  return (
    <div className={css.sound}>
      <Icon size={18} aria-hidden="true" />
      {/* biome-ignore lint/a11y/useMediaCaption: what customers send has none. */}
      <audio controls preload="metadata" src={item.url} aria-label={name} />
    </div>
  );
}

/** Moving ones come as films or as pictures; what a browser cannot draw is a file. */
function Sticker({ item }: { item: Attachment }) {
  const { t } = useTranslation();
  if (item.media_type.startsWith("video/")) {
    return (
      <video
        className={css.sticker}
        autoPlay
        loop
        muted
        playsInline
        src={item.url}
        aria-label={t("files.sticker")}
      />
    );
  }
  if (PICTURE.test(item.media_type)) {
    return <img className={css.sticker} src={item.url} alt={t("files.sticker")} loading="lazy" />;
  }
  return (
    <a className={css.file} href={item.url} download={item.name}>
      <File size={18} aria-hidden="true" />
      <span>{t("files.sticker")}</span>
    </a>
  );
}

function iconOf({ media_type, is_voice }: Attachment) {
  if (is_voice) return Mic;
  if (media_type.startsWith("image/")) return Image;
  if (media_type.startsWith("video/")) return Video;
  return media_type.startsWith("audio/") ? Music : File;
}

/** Stands where the file will be; a live event brings it. */
function Fetching({ item }: { item: Attachment }) {
  const { t } = useTranslation();
  const Icon = iconOf(item);
  const isWide = /^(image|video)\//.test(item.media_type) && !item.is_sticker;
  return (
    <div className={css.fetching} data-wide={isWide || undefined}>
      <Icon size={20} aria-hidden="true" />
      <span>
        {t("files.fetching", { name: item.name })}
        {item.size_bytes > 0 && <small>{fileSize(item.size_bytes)}</small>}
      </span>
    </div>
  );
}
