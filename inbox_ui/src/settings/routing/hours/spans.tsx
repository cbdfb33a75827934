import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Span } from "@/api/types";
import css from "../routing.module.css";
import { toClock, toMinutes } from "./clock_text";

interface Props {
  /** The day or date, for names of fields. */
  name: string;
  spans: readonly Span[];
  isBad: boolean;
  onChange: (spans: Span[]) => void;
}

/** From when until when, as often as needed; none is "closed". */
export function Spans({ name, spans, isBad, onChange }: Props) {
  const { t } = useTranslation();
  const set = (index: number, change: Partial<Span>) =>
    onChange(spans.map((one, i) => (i === index ? { ...one, ...change } : one)));
  const add = () => {
    const start = Math.min(1380, (spans.at(-1)?.end ?? 480) + 60);
    onChange([...spans, { start, end: Math.min(1440, spans.length ? start + 60 : 1080) }]);
  };
  return (
    <div>
      <div className={css.spans}>
        {spans.length === 0 && <span className={css.soft}>{t("hours.closed")}</span>}
        {spans.map(({ start, end }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans have nothing else to tell them apart.
          <span key={index} className={css.span}>
            <TextInput
              type="time"
              w={108}
              size="xs"
              aria-label={t("hours.from", { name, number: index + 1 })}
              error={isBad}
              value={toClock(start)}
              onChange={(event) =>
                set(index, { start: toMinutes(event.currentTarget.value, false) })
              }
            />
            –
            <TextInput
              type="time"
              w={108}
              size="xs"
              aria-label={t("hours.until", { name, number: index + 1 })}
              error={isBad}
              value={toClock(end)}
              onChange={(event) => set(index, { end: toMinutes(event.currentTarget.value, true) })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t("hours.remove_span", { name, number: index + 1 })}
              onClick={() => onChange(spans.filter((_, i) => i !== index))}
            >
              <X size={13} />
            </ActionIcon>
          </span>
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<Plus size={13} />}
          disabled={spans.length >= 12}
          onClick={add}
        >
          {t(spans.length ? "hours.more" : "hours.open_day")}
          <span className="hidden-visually">: {name}</span>
        </Button>
      </div>
      {isBad && <p className={css.fault}>{t("hours.bad_spans")}</p>}
    </div>
  );
}
