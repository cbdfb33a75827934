import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startI18n } from "@/i18n";
import { faultsOf, stage } from "@/test/stage";
import VoiceRecorder from "./voice_recorder";

beforeAll(() => startI18n("en"));

const stopTrack = vi.fn();
let microphone: () => Promise<unknown>;

class Recorder {
  static isTypeSupported = (form: string) => form.startsWith("audio/webm");
  state = "inactive";
  ondataavailable: ((event: { data: Blob }) => void) | null = null;
  onstop: (() => void) | null = null;
  start() {
    this.state = "recording";
  }
  stop() {
    this.state = "inactive";
    this.ondataavailable?.({ data: new Blob(["sound"]) });
    this.onstop?.();
  }
}

beforeEach(() => {
  microphone = async () => ({ getTracks: () => [{ stop: stopTrack }] });
  vi.stubGlobal("MediaRecorder", Recorder);
  Object.defineProperty(navigator, "mediaDevices", {
    configurable: true,
    value: { getUserMedia: () => microphone() },
  });
  URL.createObjectURL = () => "blob:sound";
  URL.revokeObjectURL = () => {};
});

async function show(taken: string[] = []) {
  const onDone = vi.fn<(file: File) => void>();
  const page = await stage(<VoiceRecorder taken={taken} onDone={onDone} onClose={() => {}} />);
  return { onDone, page: page.container };
}

it("records, lets it be heard, and hands the file over", async () => {
  const { onDone, page } = await show();
  const stop = await screen.findByRole("button", { name: "Stop" });
  expect(screen.getByRole("timer")).toHaveTextContent("0:00");
  await userEvent.click(stop);
  expect(await screen.findByLabelText("Voice message", { selector: "audio" })).toBeVisible();
  expect(stopTrack).toHaveBeenCalled();
  expect(await faultsOf(page)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Attach" }));
  expect(onDone.mock.calls[0]?.[0]).toMatchObject({ name: "voice.webm", type: "audio/webm" });
});

it.each([
  ["NotAllowedError", "not allowed for this page"],
  ["NotFoundError", "No microphone was found"],
  ["NotReadableError", "in use by another program"],
])("says what to do after %s, and tries again", async (name, words) => {
  microphone = () => Promise.reject(new DOMException("", name));
  await show();
  expect(await screen.findByRole("alert")).toHaveTextContent(words);
  microphone = async () => ({ getTracks: () => [{ stop: stopTrack }] });
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("button", { name: "Stop" })).toBeVisible();
});

it("records nothing that the channel would not take", async () => {
  await show(["audio/ogg", "image/"]);
  expect(await screen.findByRole("alert")).toHaveTextContent("does not take");
});
