import type { ConfigField } from "@/api/types";

export type Config = Record<string, unknown>;

/** What a new form begins with. */
export function defaultsOf(fields: readonly ConfigField[]): Config {
  return Object.fromEntries(fields.map((field) => [field.name, field.default ?? blank(field)]));
}

function blank(field: ConfigField): unknown {
  if (field.type === "boolean") return false;
  if (field.type === "list") return [];
  if (field.type === "number") return null;
  if (field.type === "choice") return field.choices[0]?.[0] ?? "";
  return "";
}

/** A field stands in the form when each field that it depends on has one of the values named. */
export function isShown(field: ConfigField, config: Config): boolean {
  return Object.entries(field.when).every(([name, values]) =>
    values.includes(String(config[name])),
  );
}

/** Groups in the order in which their first field comes. */
export function grouped(fields: readonly ConfigField[]): [group: string, fields: ConfigField[]][] {
  const groups = new Map<string, ConfigField[]>();
  for (const field of fields) {
    const others = groups.get(field.group);
    if (others) others.push(field);
    else groups.set(field.group, [field]);
  }
  return [...groups];
}

/** What is sent: only fields in sight; secrets only when something was typed into them. */
export function toConfig(fields: readonly ConfigField[], config: Config): Config {
  const sent: Config = {};
  for (const field of fields) {
    const value = config[field.name];
    if (!isShown(field, config)) continue;
    if (field.type === "secret" && !value) continue;
    if (value === null || value === undefined) continue;
    sent[field.name] = value;
  }
  return sent;
}

/** Names of fields that must be filled and are not. `kept`: secrets that have a value already. */
export function missing(
  fields: readonly ConfigField[],
  config: Config,
  kept: readonly string[],
): string[] {
  return fields
    .filter((field) => field.is_required && isShown(field, config) && !kept.includes(field.name))
    .filter(({ name }) => {
      const value = config[name];
      return value === "" || value == null || (Array.isArray(value) && value.length === 0);
    })
    .map(({ name }) => name);
}

/** Secrets that people make up themselves, and enter at the other end too. */
const OWN_CHOICE = new Set(["verify_token", "secret", "identity_secret"]);

export const isOwnChoice = (field: ConfigField): boolean =>
  field.type === "secret" && OWN_CHOICE.has(field.name);

/** What was just made up, to be shown once more where it is needed. */
export function ownChoices(
  fields: readonly ConfigField[],
  config: Config,
): { label: string; value: string }[] {
  return fields
    .filter((field) => isOwnChoice(field) && isShown(field, config) && config[field.name])
    .map(({ name, label }) => ({ label, value: String(config[name]) }));
}
