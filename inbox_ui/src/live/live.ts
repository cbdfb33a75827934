import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { keys } from "@/api/keys";
import type { LiveEvent } from "@/api/types";
import { applyBatch } from "./apply";
import { type Batch, dispatch, emptyBatch } from "./batch";
import { useNearby } from "./nearby";
import { LiveSocket, type LiveState } from "./socket";
import { forgetThreads } from "./threads";

interface Connection {
  state: LiveState;
  /** Since when the line is down; 0 = it is up. */
  downSince: number;
}

export const useConnection = create<Connection>(() => ({ state: "idle", downSince: 0 }));

/** So long a page may take to bring a snapshot with a cursor before the socket starts without. */
const FOLLOW_MS = 1000;

type Listener = (batch: Batch) => void;

/** The tab's link to the hub: one socket, events applied once per frame, caches reloaded on resync. */
export class Live {
  /** The conversation on screen. */
  openId: string | undefined;
  private batch = emptyBatch();
  private isFlushPlanned = false;
  private readonly socket: LiveSocket;
  private readonly listeners = new Set<Listener>();

  constructor(
    private readonly client: QueryClient,
    private readonly onSignedOut: () => void,
  ) {
    this.socket = new LiveSocket({
      onEvents: (events) => this.take(events),
      onResync: () => this.reload(),
      onState: (state) => this.show(state),
    });
  }

  /** Begins to watch the page; returns how to end it. */
  start(): () => void {
    const hurry = () => this.socket.hurry();
    const seen = () => document.visibilityState === "visible" && this.socket.hurry();
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", seen);
    const expiry = setInterval(() => useNearby.getState().expire(Date.now()), 2000);
    const follow = setTimeout(() => this.socket.follow(), FOLLOW_MS);
    return () => {
      clearTimeout(follow);
      window.removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", seen);
      clearInterval(expiry);
      this.socket.stop();
    };
  }

  /** Call with the cursor of every snapshot: what happened after it will be applied. */
  cover(cursor: string): void {
    this.socket.cover(cursor);
  }

  /** Told of each batch after the caches have taken it (notifications, sounds). */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private take(events: readonly LiveEvent[]): void {
    for (const event of events) dispatch(event, this.batch);
    if (this.isFlushPlanned || events.length === 0) return;
    this.isFlushPlanned = true;
    // Hidden pages get no animation frames.
    if (document.visibilityState === "visible") requestAnimationFrame(() => this.flush());
    else setTimeout(() => this.flush(), 100);
  }

  private flush(): void {
    this.isFlushPlanned = false;
    const batch = this.batch;
    this.batch = emptyBatch();
    applyBatch(this.client, batch, this.openId);
    for (const listener of this.listeners) listener(batch);
  }

  private reload(): void {
    this.batch = emptyBatch();
    forgetThreads(this.openId);
    void this.client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
  }

  private show(state: LiveState): void {
    const isUp = state === "open" || state === "idle";
    useConnection.setState((known) => ({
      state,
      downSince: isUp ? 0 : known.downSince || Date.now(),
    }));
    if (state === "signed_out") this.onSignedOut();
  }
}
