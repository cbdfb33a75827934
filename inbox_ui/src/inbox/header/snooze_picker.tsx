import { Button } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { useQueryClient } from "@tanstack/react-query";
import { Clock } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { changeConversation } from "@/inbox/change";
import { openPicker } from "@/shell/ui_state";
import { soonTime } from "@/ui/time";
import { HeaderPicker, type Option } from "./picker";
import { type Preset, presetsAt, snoozeUntil } from "./snooze";

const WAKE = "wake";

/** Out of sight until a time, or until the customer writes. */
export function SnoozePicker({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [own, setOwn] = useState<string | null>(null);
  const isSnoozed = conversation.state === "snoozed";
  const now = Date.now();
  const options: Option[] = presetsAt(now).map(([preset, until]) => {
    const text = t(`snooze.${preset}`);
    return {
      value: preset,
      text,
      content: (
        <>
          <span style={{ flex: 1 }}>{text}</span>
          <small>{soonTime(until, now)}</small>
        </>
      ),
    };
  });
  if (isSnoozed)
    options.unshift({ value: WAKE, text: t("snooze.wake"), content: t("snooze.wake") });
  const until = (at: number) =>
    changeConversation(
      client,
      conversation,
      { state: "snoozed", snoozed_until: at },
      t("toast.snoozed", { until: soonTime(at, now) }),
    );
  const pick = (value: string) => {
    if (value === WAKE)
      changeConversation(client, conversation, { state: "open" }, t("toast.woken"));
    else until(snoozeUntil(value as Preset, Date.now()) ?? Date.now());
  };
  return (
    <HeaderPicker
      name="snooze"
      label={
        isSnoozed
          ? t("snooze.until", { until: soonTime(conversation.snoozed_until, now) })
          : t("actions.snooze")
      }
      keyHint="S"
      icon={<Clock size={17} />}
      options={options}
      onPick={pick}
    >
      <DateTimePicker
        size="xs"
        label={t("snooze.own")}
        value={own}
        minDate={new Date()}
        popoverProps={{ withinPortal: false }}
        onChange={setOwn}
      />
      <Button
        mt={6}
        size="compact-sm"
        disabled={!own || Date.parse(own) <= Date.now()}
        onClick={() => {
          if (own) until(Date.parse(own));
          openPicker(undefined);
        }}
      >
        {t("actions.snooze")}
      </Button>
    </HeaderPicker>
  );
}
