import { expect, it } from "vitest";
import type { LiveEvent } from "@/api/types";
import { conversation, message } from "@/test/samples";
import { dispatch, emptyBatch } from "./batch";

it("keeps one version of each conversation, the highest rev", () => {
  const batch = emptyBatch();
  dispatch({ type: "conversation", conversation: conversation({ rev: 3, preview: "new" }) }, batch);
  dispatch({ type: "conversation", conversation: conversation({ rev: 2, preview: "old" }) }, batch);
  expect(batch.conversations.get("c1")?.preview).toBe("new");
});

it("lets a conversation that came back win over its removal, and the other way round", () => {
  const batch = emptyBatch();
  dispatch({ type: "conversation_removed", conversation_id: "c1" }, batch);
  dispatch({ type: "conversation", conversation: conversation() }, batch);
  expect([batch.removed.size, batch.conversations.size]).toEqual([0, 1]);
  dispatch({ type: "conversation_removed", conversation_id: "c1" }, batch);
  expect([batch.removed.size, batch.conversations.size]).toEqual([1, 0]);
});

it("passes over kinds that a newer hub may send", () => {
  const batch = emptyBatch();
  dispatch({ type: "from_the_future" } as unknown as LiveEvent, batch);
  dispatch({ type: "message", message: message(1) as never }, batch);
  expect(batch.messages).toHaveLength(1);
});
