import { QueryClient } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { message } from "@/test/samples";
import { emptyDraft } from "./draft";
import { discard, enqueue, retry, startOutbox, usePending } from "./outbox";
import { toRequest } from "./rules";

let stop = () => {};
afterEach(() => {
  stop();
  localStorage.clear();
});

const body = (text: string) =>
  toRequest({ ...emptyDraft("note"), text }, undefined, `id-of-${text}`, []);

/** Answers in turn; an Error means that no answer came. */
function hub(...answers: (Response | Error)[]) {
  const texts: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    texts.push(((await request.json()) as { text: string }).text);
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error("no more answers");
    return answer;
  });
  return texts;
}

const taken = (seq: number) => Response.json(message(seq));
const start = () => {
  stop = startOutbox(new QueryClient(), "me");
};

it("sends in order and forgets what was taken", async () => {
  const texts = hub(taken(1), taken(2));
  start();
  enqueue("c1", body("one"), false);
  enqueue("c1", body("two"), false);
  const { result } = renderHook(() => usePending("c1"));
  await waitFor(() => expect(result.current).toEqual([]));
  expect(texts).toEqual(["one", "two"]);
  expect(localStorage.getItem("santral.outbox.me")).toBeNull();
});

it("keeps what could not be sent over a reload and sends it under the same id", async () => {
  hub(new Error("offline"));
  start();
  enqueue("c1", body("later"), false);
  const { result } = renderHook(() => usePending("c1"));
  await waitFor(() => expect(result.current[0]?.state).toBe("waiting"));
  stop();
  const texts = hub(taken(1));
  start();
  await waitFor(() => expect(result.current).toEqual([]));
  expect(texts).toEqual(["later"]);
});

it("shows why it was refused, holds up nobody, and can be tried again", async () => {
  const refused = Response.json({ code: "bad_input", message: "Too long." }, { status: 400 });
  const texts = hub(refused, taken(1), taken(2));
  start();
  enqueue("c1", body("bad"), false);
  enqueue("c1", body("good"), false);
  const { result } = renderHook(() => usePending("c1"));
  await waitFor(() =>
    expect(result.current).toMatchObject([{ state: "refused", problem: "Too long." }]),
  );
  await waitFor(() => expect(texts).toEqual(["bad", "good"]));
  retry("id-of-bad");
  await waitFor(() => expect(result.current).toEqual([]));
});

it("can be discarded", async () => {
  hub(Response.json({ code: "bad_input", message: "No." }, { status: 400 }));
  start();
  enqueue("c1", body("bad"), false);
  const { result } = renderHook(() => usePending("c1"));
  await waitFor(() => expect(result.current[0]?.state).toBe("refused"));
  discard("id-of-bad");
  await waitFor(() => expect(result.current).toEqual([]));
});
