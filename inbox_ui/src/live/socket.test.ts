import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { reconnectDelay } from "./backoff";
import { isBefore, LiveSocket, type LiveState } from "./socket";

class FakeSocket {
  static made: FakeSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  constructor(readonly url: URL) {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {}
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const latest = () => FakeSocket.made.at(-1) as FakeSocket;
const cursorOf = (socket: FakeSocket) => socket.url.searchParams.get("cursor");

beforeEach(() => {
  FakeSocket.made = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function start(snapshot = "e.5") {
  const states: LiveState[] = [];
  const seen: unknown[] = [];
  const onResync = vi.fn();
  const socket = new LiveSocket({
    onEvents: (events) => seen.push(...events),
    onResync,
    onState: (state) => states.push(state),
  });
  if (snapshot) socket.cover(snapshot);
  return { socket, states, seen, onResync };
}

it("starts from the first snapshot and comes back from where it had got to", () => {
  const { states, seen } = start();
  expect(cursorOf(latest())).toBe("e.5");
  latest().say({ type: "hello", cursor: "e.5" });
  latest().say({ type: "events", cursor: "e.8", events: [{ type: "settings", what: "labels" }] });
  expect(seen).toHaveLength(1);
  latest().onclose?.({ code: 1006 });
  vi.advanceTimersByTime(500);
  expect(cursorOf(latest())).toBe("e.8");
  expect(states).toEqual(["connecting", "open", "waiting", "connecting"]);
});

it("starts over for a snapshot that is older than the socket, and only for such", () => {
  const { socket } = start();
  socket.cover("e.7");
  expect(FakeSocket.made).toHaveLength(1);
  socket.cover("e.3");
  expect(cursorOf(latest())).toBe("e.3");
});

it("answers pings, and takes silence for a dead line", () => {
  const { states } = start();
  latest().say({ type: "hello", cursor: "e.5" });
  latest().say({ type: "ping" });
  expect(latest().sent).toEqual(['{"type":"pong"}']);
  vi.advanceTimersByTime(45_000);
  expect(states.at(-1)).toBe("waiting");
});

it("does not come back when it was signed out", () => {
  const { states } = start();
  latest().onclose?.({ code: 4401 });
  vi.advanceTimersByTime(100_000);
  expect(FakeSocket.made).toHaveLength(1);
  expect(states.at(-1)).toBe("signed_out");
});

it("asks for a fresh load on resync", () => {
  const { onResync } = start();
  latest().say({ type: "resync", cursor: "f.0" });
  expect(onResync).toHaveBeenCalledOnce();
});

it("waits longer with every try and spreads out after a restart", () => {
  expect(reconnectDelay(0, 1006, () => 1)).toBe(500);
  expect(reconnectDelay(3, 1006, () => 1)).toBe(4000);
  expect(reconnectDelay(50, 1006, () => 1)).toBe(30_000);
  expect(reconnectDelay(0, 1012, () => 1)).toBe(30_000);
});

it("compares cursors of one epoch only", () => {
  expect(isBefore("e.9", "e.10")).toBe(true);
  expect(isBefore("e.10", "e.9")).toBe(false);
  expect(isBefore("d.1", "e.10")).toBe(false);
});

it("follows without a snapshot from now on, and starts over for one that was read before", () => {
  const { socket, seen } = start("");
  socket.follow();
  expect(cursorOf(latest())).toBe("");
  latest().say({ type: "hello", cursor: "a.7" });
  socket.follow();
  expect(FakeSocket.made).toHaveLength(1);
  socket.cover("a.9");
  expect(FakeSocket.made).toHaveLength(1);
  socket.cover("a.5");
  expect(cursorOf(latest())).toBe("a.5");
  latest().say({ type: "events", cursor: "a.6", events: [{ type: "read" }] });
  expect(seen).toHaveLength(1);
});

it("takes the snapshot's cursor when it comes before the greeting", () => {
  const { socket } = start("");
  socket.follow();
  socket.cover("a.5");
  expect(cursorOf(latest())).toBe("a.5");
});
