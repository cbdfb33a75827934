/** One WebSocket that stays: heartbeat, jittered reconnect, back at once when the network or the page returns. */

import { restartDelay, retryDelay } from "./backoff";
import type { Frame } from "./types";

export type LinkState = "off" | "connecting" | "online";

export interface ConnectionOptions {
  url: string;
  hello(): object;
  onFrame(frame: Frame): void;
  onState(state: LinkState): void;
  /** The hub does not know the token. */
  onRefused(): void;
  /** No socket can be had; `attempt` counts from 1. */
  onFailed(attempt: number): void;
}

const HEARTBEAT_MS = 25_000;
const ANSWER_WITHIN_MS = 10_000;
const RESTART = 1012;
const POLICY = 1008;

export class Connection {
  state: LinkState = "off";
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retryTimer = 0;
  private beatTimer = 0;
  private deadTimer = 0;

  constructor(private readonly options: ConnectionOptions) {
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.socket && this.lost(0));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.hurry();
      // After sleep the socket may be dead without anybody having noticed.
      if (this.state === "online") this.ping();
    });
  }

  open(): void {
    if (this.state === "off") this.connect();
  }

  /** For good, until `open`. */
  close(): void {
    this.forget();
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.become("off");
  }

  send(frame: object): boolean {
    if (this.state !== "online" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private hurry(): void {
    if (this.state === "connecting" && !this.socket) {
      clearTimeout(this.retryTimer);
      this.connect();
    }
  }

  private connect(): void {
    this.become("connecting");
    const socket = new WebSocket(this.options.url);
    this.socket = socket;
    this.expectAnswer();
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", ...this.options.hello() }));
    socket.onmessage = (event) => this.took(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.lost(event.code, event.reason);
  }

  private took(frame: Frame): void {
    clearTimeout(this.deadTimer);
    if (frame.type === "ready") {
      this.attempt = 0;
      this.become("online");
      this.beat();
    }
    this.options.onFrame(frame);
  }

  private beat(): void {
    clearTimeout(this.beatTimer);
    this.beatTimer = window.setTimeout(() => {
      this.ping();
      this.beat();
    }, HEARTBEAT_MS);
  }

  private ping(): void {
    if (this.send({ type: "ping" })) this.expectAnswer();
  }

  private expectAnswer(): void {
    clearTimeout(this.deadTimer);
    this.deadTimer = window.setTimeout(() => this.lost(0), ANSWER_WITHIN_MS);
  }

  private lost(code: number, reason = ""): void {
    this.forget();
    this.become("connecting");
    if (code === POLICY && reason === "token") {
      this.become("off");
      this.options.onRefused();
      return;
    }
    this.attempt += 1;
    const delay = code === RESTART ? restartDelay() : retryDelay(this.attempt);
    this.retryTimer = window.setTimeout(() => this.connect(), delay);
    if (code !== RESTART) this.options.onFailed(this.attempt);
  }

  private forget(): void {
    clearTimeout(this.beatTimer);
    clearTimeout(this.deadTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState(state);
  }
}
