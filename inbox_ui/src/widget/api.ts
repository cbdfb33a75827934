/** The hub's HTTP endpoints of one inbox. Every call has a time limit. */

import type { Upload } from "./types";

const TIMEOUT_MS = 10_000;

/** `status` 0: no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code = "",
    readonly retryAfterMs = 0,
  ) {
    super(code || String(status));
  }
}

export class Api {
  token = "";

  /** `base` ends with a slash. */
  constructor(readonly base: string) {}

  async call<T>(path: string, body?: unknown): Promise<T> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(this.base + path, {
        method: body ? "POST" : "GET",
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(body ? { "content-type": "application/json" } : {}),
        },
        body: body ? JSON.stringify(body) : null,
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: abort.signal,
      });
      const said = await response.json();
      if (!response.ok) {
        const wait = Number(response.headers.get("retry-after"));
        throw new ApiError(response.status, said.error?.code, wait * 1000);
      }
      return said;
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** XHR, because fetch tells no progress. */
  upload(file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<Upload> {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open("POST", `${this.base}files`);
      xhr.setRequestHeader("authorization", `Bearer ${this.token}`);
      xhr.setRequestHeader("content-type", file.type || "application/octet-stream");
      xhr.setRequestHeader("x-file-name", encodeURIComponent(file.name.slice(0, 255)));
      xhr.responseType = "json";
      xhr.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
      xhr.onload = () =>
        xhr.status === 200
          ? resolve(xhr.response.file)
          : reject(new ApiError(xhr.status, xhr.response?.error?.code));
      xhr.onerror = () => reject(new ApiError(0));
      signal.addEventListener("abort", () => xhr.abort());
      xhr.send(file);
    });
  }
}
