import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./api";
import { Outbox, type OutboxOptions } from "./outbox";
import { openBox } from "./storage";

type Post = OutboxOptions["post"];

function setUp(post: Post, more: Partial<OutboxOptions> = {}) {
  const waits: number[] = [];
  const outbox = new Outbox({
    box: openBox("t."),
    post,
    onChange: () => {},
    onUnknownToken: async () => {},
    wait: async (ms) => {
      waits.push(ms);
    },
    ...more,
  });
  outbox.reader = "me";
  return { outbox, waits };
}

const idle = (outbox: Outbox) => vi.waitFor(() => expect(outbox.isSending).toBe(false));
const write = (outbox: Outbox, text: string) => outbox.add({ text, files: [] });

describe("outbox", () => {
  beforeEach(() => localStorage.clear());

  it("sends one after the other, in the order of writing", async () => {
    const said: string[] = [];
    let open = 0;
    const { outbox } = setUp(async (item) => {
      open += 1;
      expect(open).toBe(1);
      await Promise.resolve();
      said.push(item.text);
      open -= 1;
    });
    const texts = Array.from({ length: 50 }, (_, n) => `m${n}`);
    for (const text of texts) write(outbox, text);
    await idle(outbox);
    expect(said).toEqual(texts);
    expect(outbox.items()).toEqual([]);
    expect([...outbox.sent.values()].map((item) => item.text)).toEqual(texts);
  });

  it("repeats the same client id until the hub has confirmed it, and lets nothing overtake", async () => {
    const tries: [string, string][] = [];
    let failures = 3;
    const { outbox, waits } = setUp(async (item) => {
      tries.push([item.client_id, item.text]);
      if (failures-- > 0) throw new ApiError(failures % 2 ? 0 : 503);
    });
    const first = write(outbox, "first");
    write(outbox, "second");
    await idle(outbox);
    expect(tries.map(([, text]) => text)).toEqual(["first", "first", "first", "first", "second"]);
    expect(new Set(tries.slice(0, 4).map(([id]) => id))).toEqual(new Set([first.client_id]));
    expect(waits).toHaveLength(3);
  });

  it("survives a reload", async () => {
    const { outbox: before } = setUp(() => new Promise(() => {}));
    write(before, "one");
    write(before, "two");
    const said: string[] = [];
    const { outbox: after } = setUp(async (item) => void said.push(item.text));
    after.kick();
    await idle(after);
    expect(said).toEqual(["one", "two"]);
  });

  it("sets a refused message aside and goes on with the next", async () => {
    let isRefusing = true;
    const said: string[] = [];
    const { outbox } = setUp(async (item) => {
      if (item.text === "bad" && isRefusing) throw new ApiError(400);
      said.push(item.text);
    });
    const bad = write(outbox, "bad");
    write(outbox, "good");
    await idle(outbox);
    expect(said).toEqual(["good"]);
    expect(outbox.items().map((item) => [item.text, item.failed])).toEqual([["bad", true]]);
    isRefusing = false;
    outbox.retry(bad.client_id);
    await idle(outbox);
    expect(said).toEqual(["good", "bad"]);
  });

  it("waits as long as it is told", async () => {
    let isFull = true;
    const { outbox, waits } = setUp(async () => {
      if (!isFull) return;
      isFull = false;
      throw new ApiError(429, "too_many", 60_000);
    });
    write(outbox, "x");
    await idle(outbox);
    expect(waits).toEqual([60_000]);
  });

  it("asks for a new token and takes along what is unsent", async () => {
    let isKnown = false;
    const said: string[] = [];
    const { outbox } = setUp(
      async (item) => {
        if (!isKnown) throw new ApiError(401);
        said.push(`${item.reader}: ${item.text}`);
      },
      {
        onUnknownToken: async () => {
          isKnown = true;
          outbox.reader = "me again";
          outbox.adopt("me");
        },
      },
    );
    write(outbox, "x");
    await idle(outbox);
    expect(said).toEqual(["me again: x"]);
  });

  it("neither shows nor sends what somebody else left behind", async () => {
    const post = vi.fn(async () => {
      throw new ApiError(400);
    });
    const { outbox } = setUp(post);
    write(outbox, "mine");
    await idle(outbox);
    const { outbox: other } = setUp(post);
    other.reader = "somebody else";
    other.kick();
    expect(other.items()).toEqual([]);
    expect(post).toHaveBeenCalledTimes(1);
  });

  it("does not send twice what another tab has sent meanwhile", async () => {
    const said: string[] = [];
    let isFirst = true;
    const turns: (() => void)[] = [];
    const options: Partial<OutboxOptions> = {
      exclusively: async (work) => {
        if (!isFirst) await new Promise<void>((go) => turns.push(go));
        isFirst = false;
        await work();
      },
    };
    const { outbox: one } = setUp(async (item) => void said.push(`one ${item.text}`), options);
    const { outbox: two } = setUp(async (item) => void said.push(`two ${item.text}`), options);
    write(one, "x");
    two.kick();
    await idle(one);
    for (const go of turns) go();
    await idle(two);
    expect(said).toEqual(["one x"]);
  });

  it("keeps broken entries from breaking the rest", async () => {
    localStorage.setItem("t.q.000", "{broken");
    localStorage.setItem("t.q.001", '{"text":1}');
    const said: string[] = [];
    const { outbox } = setUp(async (item) => void said.push(item.text));
    write(outbox, "x");
    await idle(outbox);
    expect(said).toEqual(["x"]);
  });
});
