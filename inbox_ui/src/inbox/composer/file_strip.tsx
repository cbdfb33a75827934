import { CloseButton, Progress } from "@mantine/core";
import { Paperclip } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StoredFile } from "@/api/types";
import { fileSize } from "@/ui/time";
import css from "./composer.module.css";
import type { Upload } from "./use_files";

interface Props {
  files: readonly StoredFile[];
  uploads: readonly Upload[];
  onRemove: (id: string) => void;
}

/** What will go along with the message, and what is still on its way up. */
export function FileStrip({ files, uploads, onRemove }: Props) {
  const { t } = useTranslation();
  if (files.length + uploads.length === 0) return null;
  return (
    <ul className={css.files} aria-label={t("files.title")}>
      {files.map((file) => (
        <li key={file.id}>
          <Paperclip size={13} aria-hidden="true" />
          <span>{file.name}</span>
          <small>{fileSize(file.size_bytes)}</small>
          <CloseButton
            size="xs"
            aria-label={t("files.remove", { name: file.name })}
            onClick={() => onRemove(file.id)}
          />
        </li>
      ))}
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
  );
}
