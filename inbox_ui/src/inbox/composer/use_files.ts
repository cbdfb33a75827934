import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Capabilities, StoredFile } from "@/api/types";
import { uploadFile } from "@/api/upload";
import { newClientId } from "@/ui/ids";
import { problemText } from "@/ui/toast";
import { unfit } from "./limits";
import { unfitText } from "./unfit_text";

export interface Upload {
  id: string;
  name: string;
  share: number;
  problem: string;
  cancel: () => void;
}

/** What a note may carry. */
const NOTE_FILES = { attachment_max_bytes: 25 * 1024 * 1024, media_types: [] };

/** Files on their way to the hub; each ends in `onDone` or shows why it could not. */
export function useFiles(can: Capabilities | undefined, onDone: (file: StoredFile) => void) {
  const { t } = useTranslation();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const done = useRef(onDone);
  done.current = onDone;
  const remove = (id: string) => setUploads((all) => all.filter((one) => one.id !== id));
  const set = (id: string, change: Partial<Upload>) =>
    setUploads((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));

  const add = (files: Iterable<File>) => {
    for (const file of files) {
      const id = newClientId();
      const stop = new AbortController();
      const cancel = () => {
        stop.abort();
        remove(id);
      };
      const fault = unfit(
        { name: file.name, media_type: file.type, size_bytes: file.size },
        can ?? NOTE_FILES,
      );
      const problem = fault ? unfitText(fault, can, t) : "";
      setUploads((all) => [...all, { id, name: file.name, share: 0, problem, cancel }]);
      if (fault) continue;
      uploadFile(file, (share) => set(id, { share }), stop.signal)
        .then((stored) => {
          remove(id);
          done.current(stored);
        })
        .catch((error: unknown) => set(id, { problem: problemText(error) }));
    }
  };
  return { uploads, add, isUploading: uploads.some(({ problem }) => !problem) };
}
