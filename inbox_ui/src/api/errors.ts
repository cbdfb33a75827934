import type { Problem } from "./types";

/** What the hub answered instead of a result. `status` 0: no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
    this.name = "ApiError";
  }

  /** Nobody knows whether it happened; the same request may be made again with its client id. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

export function problemOf(status: number, body: unknown): ApiError {
  const known = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return new ApiError(status, {
    code: known.code ?? (status === 0 ? "unreachable" : "error"),
    message: known.message ?? "",
    field: known.field ?? "",
    retry_after_s: known.retry_after_s ?? null,
  });
}
