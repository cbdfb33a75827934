import { fits } from "./limits";

/** Forms of sound, the ones that most channels take as a voice note first. */
const FORMS = [
  "audio/ogg;codecs=opus",
  "audio/mp4;codecs=mp4a.40.2",
  "audio/mp4",
  "audio/webm;codecs=opus",
  "audio/webm",
];

export type RecordFault = "unsupported" | "denied" | "no_device" | "busy" | "form";

/** The best form that this browser can record and the channel takes. */
export function formFor(taken: readonly string[]): string | RecordFault {
  if (typeof MediaRecorder === "undefined" || !navigator.mediaDevices) return "unsupported";
  const can = FORMS.filter((form) => MediaRecorder.isTypeSupported(form));
  if (can.length === 0) return "unsupported";
  return can.find((form) => fits(form, taken)) ?? "form";
}

export function faultOf(error: unknown): RecordFault {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "no_device";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "unsupported";
}

const ENDINGS: Record<string, string> = { "audio/ogg": "ogg", "audio/mp4": "m4a" };

export interface Recording {
  /** Ends it; the file of what was said. */
  stop: () => Promise<File>;
  cancel: () => void;
}

/** Asks for the microphone and begins. Rejects with a `DOMException` when there is none to be had. */
export async function record(form: string): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream, { mimeType: form });
  const chunks: Blob[] = [];
  recorder.ondataavailable = ({ data }) => data.size > 0 && chunks.push(data);
  recorder.start();
  const release = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  return {
    stop: () =>
      new Promise((resolve) => {
        recorder.onstop = () => {
          release();
          const type = form.split(";")[0] ?? form;
          resolve(new File(chunks, `voice.${ENDINGS[type] ?? "webm"}`, { type }));
        };
        recorder.stop();
      }),
    cancel: () => {
      recorder.onstop = null;
      if (recorder.state !== "inactive") recorder.stop();
      release();
    },
  };
}
