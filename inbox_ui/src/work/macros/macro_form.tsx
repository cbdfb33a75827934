import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, need } from "@/api/client";
import type { Macro, MacroStep } from "@/api/types";
import { problemText } from "@/ui/toast";
import { StepValue } from "./step_value";

const KINDS = [
  "reply",
  "note",
  "add_label",
  "remove_label",
  "assign",
  "assign_me",
  "queue",
  "priority",
  "snooze",
  "close",
] as const satisfies readonly MacroStep["kind"][];
const MOST = 12;

interface Row {
  key: number;
  step: MacroStep;
}

/** A name and the steps in their order. */
export function MacroForm(props: { macro: Macro | undefined; onSaved: () => void }) {
  const { macro, onSaved } = props;
  const { t } = useTranslation();
  const [name, setName] = useState(macro?.name ?? "");
  const [rows, setRows] = useState<Row[]>(() =>
    (macro?.steps ?? [{ kind: "reply", value: "" }]).map((step, key) => ({ key, step })),
  );
  const save = useMutation({
    mutationFn: () => {
      const body = { name, steps: rows.map(({ step }) => step) };
      if (!macro) return need(api.POST("/api/v1/macros", { body }));
      const path = { macro_id: macro.id };
      return need(api.PUT("/api/v1/macros/{macro_id}", { params: { path }, body }));
    },
    onSuccess: onSaved,
  });
  const change = (key: number, step: MacroStep) =>
    setRows(rows.map((row) => (row.key === key ? { key, step } : row)));
  const move = (at: number, by: number) => {
    const next = [...rows];
    const [row] = next.splice(at, 1);
    if (row) next.splice(at + by, 0, row);
    setRows(next);
  };
  const add = () => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
    setRows([...rows, { key, step: { kind: "note", value: "" } }]);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t("macros.name")}
          required
          data-autofocus
          maxLength={120}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        {rows.map(({ key, step }, at) => (
          <Group key={key} gap={6} align="flex-start" wrap="nowrap">
            <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
              <Select
                aria-label={t("macros.step", { number: at + 1 })}
                allowDeselect={false}
                value={step.kind}
                data={KINDS.map((kind) => ({ value: kind, label: t(`macros.step_${kind}`) }))}
                onChange={(kind) =>
                  kind && change(key, { kind: kind as MacroStep["kind"], value: "" })
                }
              />
              <StepValue step={step} onChange={(value) => change(key, { ...step, value })} />
            </Stack>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("macros.up")}
              disabled={at === 0}
              onClick={() => move(at, -1)}
            >
              <ArrowUp size={15} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("macros.down")}
              disabled={at === rows.length - 1}
              onClick={() => move(at, 1)}
            >
              <ArrowDown size={15} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("macros.drop_step")}
              disabled={rows.length === 1}
              onClick={() => setRows(rows.filter((row) => row.key !== key))}
            >
              <X size={15} />
            </ActionIcon>
          </Group>
        ))}
        <Group justify="space-between">
          <Button
            variant="default"
            size="xs"
            leftSection={<Plus size={14} />}
            disabled={rows.length >= MOST}
            onClick={add}
          >
            {t("macros.add_step")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </Group>
        {save.isError && (
          <Text c="red" size="sm" role="alert">
            {problemText(save.error)}
          </Text>
        )}
      </Stack>
    </form>
  );
}
