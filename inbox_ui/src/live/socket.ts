import type { LiveEvent, LiveFrame } from "@/api/types";
import { CLOSE_SIGNED_OUT, reconnectDelay } from "./backoff";

export type LiveState = "idle" | "connecting" | "open" | "waiting" | "signed_out";

export interface LiveHandlers {
  onEvents: (events: LiveEvent[]) => void;
  onResync: () => void;
  onState: (state: LiveState) => void;
}

/** The hub pings every 20 s; longer silence than this means that the line is dead. */
const SILENCE_MS = 45_000;

/** One socket to the hub that comes back by itself, from the cursor it had got to. */
export class LiveSocket {
  private socket: WebSocket | undefined;
  private cursor = "";
  private tries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private state: LiveState = "idle";

  constructor(private readonly handlers: LiveHandlers) {}

  /** Events after `cursor` are wanted: starts the socket, or starts over when it began later than that. */
  cover(cursor: string): void {
    if (!cursor || this.state === "signed_out") return;
    // A socket that began without a snapshot, and has not been told yet where it stands.
    const isUnplaced = this.cursor === "";
    if (this.state === "idle" || isUnplaced) this.cursor = cursor;
    else if (!isBefore(cursor, this.cursor)) return;
    else this.cursor = cursor;
    this.connect();
  }

  /** From now on: for pages without a snapshot that has a cursor, and so that we count as here. */
  follow(): void {
    if (this.state === "idle") this.connect();
  }

  /** Don't wait any longer: the network is back or somebody looks at the page. */
  hurry(): void {
    if (this.state === "waiting") this.connect();
  }

  stop(): void {
    this.detach();
    clearTimeout(this.retryTimer);
    this.setState("idle");
    this.cursor = "";
    this.tries = 0;
  }

  private connect(): void {
    this.detach();
    clearTimeout(this.retryTimer);
    this.setState("connecting");
    const url = new URL("/api/v1/live", globalThis.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("cursor", this.cursor);
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.receive(JSON.parse(String(data)) as LiveFrame);
    socket.onclose = ({ code }) => this.lost(code);
    this.listen();
  }

  private receive(frame: LiveFrame): void {
    this.listen();
    switch (frame.type) {
      case "hello":
        this.tries = 0;
        this.cursor ||= frame.cursor;
        this.setState("open");
        return;
      case "events":
        this.cursor = frame.cursor;
        this.handlers.onEvents(frame.events);
        return;
      case "resync":
        this.cursor = frame.cursor;
        this.handlers.onResync();
        return;
      case "ping":
        this.socket?.send('{"type":"pong"}');
        return;
    }
  }

  private lost(code: number): void {
    this.detach();
    if (code === CLOSE_SIGNED_OUT) {
      this.setState("signed_out");
      return;
    }
    this.setState("waiting");
    this.retryTimer = setTimeout(() => this.connect(), reconnectDelay(this.tries, code));
    this.tries += 1;
  }

  private listen(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.lost(1006), SILENCE_MS);
  }

  private detach(): void {
    clearTimeout(this.silenceTimer);
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private setState(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.handlers.onState(state);
  }
}

/** Cursors are `<epoch>.<n>`; of another epoch there is no before. */
export function isBefore(one: string, other: string): boolean {
  const [epoch, n] = split(one);
  const [otherEpoch, otherN] = split(other);
  return epoch === otherEpoch && n < otherN;
}

function split(cursor: string): [string, number] {
  const dot = cursor.lastIndexOf(".");
  return [cursor.slice(0, dot), Number(cursor.slice(dot + 1))];
}
