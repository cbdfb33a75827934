import { csrfHeaders } from "./client";
import { problemOf } from "./errors";
import type { StoredFile } from "./types";

/** Sends one file as the raw body. XMLHttpRequest, because fetch cannot tell how far an upload got. */
export function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/files?name=${encodeURIComponent(file.name || "file")}`);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    for (const [name, value] of Object.entries(csrfHeaders()))
      request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status === 200) resolve(request.response as StoredFile);
      else reject(problemOf(request.status, request.response));
    };
    request.onerror = () => reject(problemOf(0, null));
    request.onabort = () => reject(problemOf(0, { code: "aborted" }));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
