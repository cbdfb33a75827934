import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline";
import type { MessageView } from "./types";

const message = (seq: number, more: Partial<MessageView> = {}): MessageView => ({
  conversation: "c",
  seq,
  direction: "out",
  at: seq,
  text: `${seq}`,
  ...more,
});
const seqs = (timeline: Timeline) => timeline.messages().map((one) => one.seq);

describe("timeline", () => {
  it("is in the hub's order whatever order messages come in", () => {
    const timeline = new Timeline();
    timeline.merge([message(3), message(1)]);
    timeline.merge([message(2), message(1)]);
    expect(seqs(timeline)).toEqual([1, 2, 3]);
  });

  it("keeps the higher rev", () => {
    const timeline = new Timeline();
    timeline.merge([message(1, { rev: 3, text: "edited" })]);
    timeline.merge([message(1, { rev: 2, text: "old" })]);
    expect(timeline.messages()[0]?.text).toBe("edited");
    expect(timeline.merge([message(1, { rev: 4, text: "newer" })])).toEqual([]);
    expect(timeline.messages()[0]?.text).toBe("newer");
  });

  it("asks again from where the history was complete, not from the last live message", () => {
    const timeline = new Timeline();
    timeline.load("c", [message(1), message(2)]);
    expect(timeline.position()).toEqual({ conversation: "c", after: 2 });
    // 4 arrived live, 3 got lost with the connection.
    timeline.merge([message(4)]);
    expect(timeline.position().after).toBeLessThan(3);
  });

  it("goes back over known messages after a gap, to see what changed", () => {
    const timeline = new Timeline();
    timeline.completeUpTo("c", 1000);
    expect(timeline.position()).toEqual({ conversation: "c", after: 800 });
  });

  it("shows an older conversation before the current one", () => {
    const timeline = new Timeline();
    timeline.merge([message(5, { conversation: "old" })]);
    timeline.merge([message(1), message(2)]);
    expect(timeline.messages().map((one) => one.conversation)).toEqual(["old", "c", "c"]);
  });

  it("counts unread answers of the current conversation only", () => {
    const timeline = new Timeline();
    timeline.merge([
      message(9, { conversation: "old" }),
      message(1),
      message(2, { direction: "in" }),
    ]);
    timeline.merge([message(3)]);
    timeline.conversation = "c";
    expect([timeline.unread(0), timeline.unread(1), timeline.lastAnswer()]).toEqual([2, 1, 3]);
  });

  it("equals a fresh load after any gap", () => {
    // Deterministic pseudo-random walk: live messages may be lost, then a reconnect repeats from `position`.
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const hub: MessageView[] = [];
    const timeline = new Timeline();
    for (let step = 0; step < 500; step++) {
      if (random() < 0.8 || !hub.length) hub.push(message(hub.length + 1, { rev: 1 }));
      else {
        const at = hub.length - 1 - Math.floor(random() * Math.min(hub.length, 50));
        hub[at] = { ...(hub[at] as MessageView), rev: (hub[at]?.rev ?? 0) + 1, text: "changed" };
      }
      if (random() < 0.5) timeline.merge([hub.at(-1) as MessageView]);
      if (random() < 0.1) {
        const { after } = timeline.position();
        timeline.merge(hub.filter((one) => one.seq > after));
        timeline.completeUpTo("c", hub.length);
        expect(timeline.messages()).toEqual(hub);
      }
    }
  });
});
