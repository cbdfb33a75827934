import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection, type ConnectionOptions } from "./connection";

class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 1;
  sent: { type: string }[] = [];
  onopen = () => {};
  onmessage = (_: { data: string }) => {};
  onclose = (_: { code: number; reason: string }) => {};

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  send(frame: string) {
    this.sent.push(JSON.parse(frame));
  }

  close() {}

  says(frame: object) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  ready() {
    this.onopen();
    this.says({ type: "ready", conversation: null, seq: 0 });
  }
}

const last = () => FakeSocket.made.at(-1) as FakeSocket;

function connect(more: Partial<ConnectionOptions> = {}) {
  const states: string[] = [];
  const connection = new Connection({
    url: "ws://hub/socket",
    hello: () => ({ token: "t" }),
    onFrame: () => {},
    onState: (state) => states.push(state),
    onRefused: () => states.push("refused"),
    onFailed: () => {},
    ...more,
  });
  connection.open();
  return { connection, states };
}

describe("connection", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    FakeSocket.made = [];
  });
  afterEach(() => vi.useRealTimers());

  it("says hello, is online after ready, and pings every 25 s", () => {
    const { connection, states } = connect();
    last().ready();
    expect(last().sent[0]).toEqual({ type: "hello", token: "t" });
    expect(states).toEqual(["connecting", "online"]);
    vi.advanceTimersByTime(25_000);
    expect(last().sent.at(-1)).toEqual({ type: "ping" });
    connection.close();
  });

  it("notices a dead network within 35 s and comes back", () => {
    const { connection } = connect();
    last().ready();
    vi.advanceTimersByTime(35_000);
    expect(connection.state).toBe("connecting");
    vi.advanceTimersByTime(2_000);
    expect(FakeSocket.made).toHaveLength(2);
    last().ready();
    expect(connection.state).toBe("online");
    connection.close();
  });

  it("stays while answers come", () => {
    const { connection } = connect();
    last().ready();
    for (let n = 0; n < 20; n++) {
      vi.advanceTimersByTime(25_000);
      last().says({ type: "pong" });
    }
    expect(FakeSocket.made).toHaveLength(1);
    connection.close();
  });

  it("spreads over 30 s after a restart of the server", () => {
    const { connection } = connect();
    last().ready();
    last().onclose({ code: 1012, reason: "restart" });
    vi.advanceTimersByTime(14_999);
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.made).toHaveLength(2);
    connection.close();
  });

  it("comes back at once when the network does", () => {
    const { connection } = connect();
    last().ready();
    window.dispatchEvent(new Event("offline"));
    expect(connection.state).toBe("connecting");
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.made).toHaveLength(2);
    connection.close();
  });

  it("stops and tells when the token is refused", () => {
    const { states } = connect();
    last().onopen();
    last().onclose({ code: 1008, reason: "token" });
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.made).toHaveLength(1);
    expect(states).toEqual(["connecting", "off", "refused"]);
  });

  it("does not come back after close", () => {
    const { connection } = connect();
    last().ready();
    connection.close();
    window.dispatchEvent(new Event("online"));
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.made).toHaveLength(1);
  });
});
