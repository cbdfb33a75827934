import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import type { ConfigField } from "@/api/types";
import { problemText, toastProblem } from "@/ui/toast";
import { type Config, missing } from "./fields";

/** The state of one config form: values, faults beside their fields. */
export function useConfig(fields: readonly ConfigField[], start: Config, kept: readonly string[]) {
  const { t } = useTranslation();
  const [config, setConfig] = useState(start);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const change = (name: string, value: unknown) => {
    setConfig((old) => ({ ...old, [name]: value }));
    setFaults(({ [name]: _, ...others }) => others);
  };
  const check = (): boolean => {
    const names = missing(fields, config, kept);
    setFaults(Object.fromEntries(names.map((name) => [name, t("common.needed")])));
    return names.length === 0;
  };
  /** The hub names the field as `config.<name>` or `<name>`. */
  const showProblem = (error: unknown): void => {
    const field = error instanceof ApiError ? error.problem.field.replace(/^config\./, "") : "";
    if (fields.some(({ name }) => name === field)) setFaults({ [field]: problemText(error) });
    else toastProblem(error);
  };
  return { config, faults, change, check, showProblem };
}
