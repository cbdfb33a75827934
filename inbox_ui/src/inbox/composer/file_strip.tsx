import { CloseButton, Progress } from "@mantine/core";
import { Paperclip } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Capabilities, StoredFile } from "@/api/types";
import { fileSize } from "@/ui/time";
import css from "./composer.module.css";
import { messagesOf, unfit } from "./limits";
import { unfitText } from "./unfit_text";
import type { Upload } from "./use_files";

interface Props {
  files: readonly StoredFile[];
  uploads: readonly Upload[];
  text: string;
  /** Of the way that is chosen; none for notes. */
  can: Capabilities | undefined;
  onRemove: (id: string) => void;
}

/** What will go along with the message, and what is still on its way up. */
export function FileStrip({ files, uploads, text, can, onRemove }: Props) {
  const { t } = useTranslation();
  if (files.length + uploads.length === 0) return null;
  const parts = can ? messagesOf(text, files.length, can) : 1;
  return (
    <>
      <ul className={css.files} aria-label={t("files.title")}>
        {files.map((file) => {
          const fault = can && unfit(file, can);
          return (
            <li key={file.id} data-bad={fault ? true : undefined}>
              <Paperclip size={13} aria-hidden="true" />
              <span>{file.name}</span>
              {fault ? (
                <small role="alert">{unfitText(fault, can, t)}</small>
              ) : (
                <small>{fileSize(file.size_bytes)}</small>
              )}
              <CloseButton
                size="xs"
                aria-label={t("files.remove", { name: file.name })}
                onClick={() => onRemove(file.id)}
              />
            </li>
          );
        })}
        {uploads.map((upload) => (
          <li key={upload.id} data-bad={upload.problem ? true : undefined}>
            <span>{upload.name}</span>
            {upload.problem ? (
              <small role="alert">{upload.problem}</small>
            ) : (
              <Progress
                w={70}
                size="sm"
                value={upload.share * 100}
                aria-label={t("files.uploading", { name: upload.name })}
              />
            )}
            <CloseButton
              size="xs"
              aria-label={t("files.remove", { name: upload.name })}
              onClick={upload.cancel}
            />
          </li>
        ))}
      </ul>
      {parts > 1 && <p className={css.parts}>{t("files.parts", { count: parts })}</p>}
    </>
  );
}
