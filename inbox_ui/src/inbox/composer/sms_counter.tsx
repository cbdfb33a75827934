import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { countSegments, plainForm } from "@/lib/segments";
import css from "./composer.module.css";

interface Props {
  text: string;
  onChange: (text: string) => void;
}

const SHOWN_LETTERS = 12;

/** What a text is charged as, which letters make it dear, and a plain form for those who want it. */
export default function SmsCounter({ text, onChange }: Props) {
  const { t } = useTranslation();
  const [swap, setSwap] = useState<{ from: string; to: string }>();
  if (!text) return null;
  const { encoding, units, segments, offending } = countSegments(text);
  const plain = plainForm(text);
  const plainSegments = plain === null ? segments : countSegments(plain).segments;
  const room = roomOf(encoding, units, segments);
  return (
    <div className={css.sms}>
      <p>
        <b>{t("sms.segments", { count: segments })}</b>
        <span>{t("sms.chars", { count: [...text].length })}</span>
        <span>{t("sms.left", { count: room })}</span>
        <abbr title={t(encoding === "GSM-7" ? "sms.gsm_title" : "sms.ucs_title")}>{encoding}</abbr>
      </p>
      {offending.length > 0 && (
        <p>
          <span>{t("sms.because", { count: offending.length })}</span>
          {offending.slice(0, SHOWN_LETTERS).map((letter) => (
            <mark key={letter}>{letter.trim() || letterCode(letter)}</mark>
          ))}
          {offending.length > SHOWN_LETTERS && <span>…</span>}
          {plain !== null && plainSegments < segments && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                setSwap({ from: text, to: plain });
                onChange(plain);
              }}
            >
              {t("sms.plain", { count: plainSegments })}
            </Button>
          )}
        </p>
      )}
      {swap?.to === text && (
        <p role="status">
          <span>{t("sms.plain_done")}</span>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              onChange(swap.from);
              setSwap(undefined);
            }}
          >
            {t("common.undo")}
          </Button>
        </p>
      )}
    </div>
  );
}

const letterCode = (letter: string): string =>
  `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Units that still fit before the next segment begins. */
function roomOf(encoding: "GSM-7" | "UCS-2", units: number, segments: number): number {
  const [alone, each] = encoding === "GSM-7" ? [160, 153] : [70, 67];
  return Math.max(0, (segments === 1 ? alone : each * segments) - units);
}
