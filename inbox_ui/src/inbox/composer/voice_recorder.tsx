import { Button } from "@mantine/core";
import { Mic, MicOff, RotateCcw, Square, Trash2 } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./composer.module.css";
import { faultOf, formFor, type RecordFault, type Recording, record } from "./recorder";

interface Props {
  /** Media types that the channel takes. */
  taken: readonly string[];
  onDone: (file: File) => void;
  onClose: () => void;
}

type State =
  | { is: "asking" }
  | { is: "recording"; since: number }
  | { is: "done"; file: File; url: string }
  | { is: "fault"; fault: RecordFault };

/** Records a voice note: asks for the microphone, shows the time, lets it be heard before it goes. */
export default function VoiceRecorder({ taken, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const { state, begin, stop } = useRecorder(taken);
  const discard = (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<Trash2 size={14} />}
      onClick={onClose}
    >
      {t("voice.discard")}
    </Button>
  );
  switch (state.is) {
    case "asking":
      return (
        <Frame>
          <Mic size={16} aria-hidden="true" />
          <span role="status">{t("voice.asking")}</span>
          <Button size="compact-sm" variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
        </Frame>
      );
    case "recording":
      return (
        <Frame>
          <i className={css.rec} aria-hidden="true" />
          <span role="status">{t("voice.recording")}</span>
          <Elapsed since={state.since} />
          {discard}
          <Button
            size="compact-sm"
            autoFocus
            leftSection={<Square size={12} />}
            onClick={() => void stop()}
          >
            {t("voice.stop")}
          </Button>
        </Frame>
      );
    case "done":
      return (
        <Frame>
          {/* biome-ignore lint/a11y/useMediaCaption: one's own words, just said. */}
          <audio controls src={state.url} aria-label={t("files.voice")} />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<RotateCcw size={14} />}
            onClick={() => void begin()}
          >
            {t("voice.again")}
          </Button>
          {discard}
          <Button size="compact-sm" autoFocus onClick={() => onDone(state.file)}>
            {t("voice.use")}
          </Button>
        </Frame>
      );
    case "fault":
      return (
        <Frame>
          <MicOff size={16} aria-hidden="true" />
          <span role="alert">{t(`voice.fault_${state.fault}`)}</span>
          {state.fault !== "form" && state.fault !== "unsupported" && (
            <Button size="compact-sm" variant="default" onClick={() => void begin()}>
              {t("common.again")}
            </Button>
          )}
          <Button size="compact-sm" variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Frame>
      );
  }
}

function Frame({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <section className={css.voice} aria-label={t("voice.title")}>
      {children}
    </section>
  );
}

function useRecorder(taken: readonly string[]) {
  const [state, setState] = useState<State>({ is: "asking" });
  const running = useRef<Recording>(undefined);
  const url = useRef("");
  const isGone = useRef(false);
  const form = formFor(taken);

  const begin = useCallback(async () => {
    setState({ is: "asking" });
    if (!form.includes("/")) return setState({ is: "fault", fault: form as RecordFault });
    try {
      const recording = await record(form);
      if (isGone.current) return recording.cancel();
      running.current = recording;
      setState({ is: "recording", since: Date.now() });
    } catch (error) {
      setState({ is: "fault", fault: faultOf(error) });
    }
  }, [form]);
  const stop = useCallback(async () => {
    const file = await running.current?.stop();
    running.current = undefined;
    if (!file || isGone.current) return;
    URL.revokeObjectURL(url.current);
    url.current = URL.createObjectURL(file);
    setState({ is: "done", file, url: url.current });
  }, []);
  useEffect(() => {
    isGone.current = false;
    void begin();
    return () => {
      isGone.current = true;
      running.current?.cancel();
      URL.revokeObjectURL(url.current);
    };
  }, [begin]);
  return { state, begin, stop };
}

function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((now - since) / 1000);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <span role="timer" className={css.elapsed}>
      {text}
    </span>
  );
}
