import type { Contact } from "@/api/types";

/** Which of the two compared contacts: the one whose panel is open, or the other. */
export type Side = "mine" | "other";

/** One fact of two contacts. A choice is needed only where both say something else. */
export interface Fact {
  /** As the API names it: `name`, or `field:<own field>`. */
  field: string;
  label: string;
  mine: string;
  other: string;
}

const PLAIN = ["name", "company", "language", "about", "claimed_email"] as const;

/** Facts that at least one of the two has; `labelOf` names the plain ones. */
export function factsOf(
  mine: Contact,
  other: Contact,
  labelOf: (field: (typeof PLAIN)[number]) => string,
): Fact[] {
  const plain = PLAIN.map((field) => ({
    field: field as string,
    label: labelOf(field),
    mine: mine[field],
    other: other[field],
  }));
  const own = [...new Set([...Object.keys(mine.fields), ...Object.keys(other.fields)])].map(
    (name) => ({
      field: `field:${name}`,
      label: name,
      mine: mine.fields[name] ?? "",
      other: other.fields[name] ?? "",
    }),
  );
  return [...plain, ...own].filter((fact) => fact.mine || fact.other);
}

export const isContested = (fact: Fact): boolean =>
  fact.mine !== "" && fact.other !== "" && fact.mine !== fact.other;

/** Whose value is kept: what was chosen, else the one of the contact that stays, else whoever has any. */
export function sideOf(fact: Fact, chosen: Readonly<Record<string, Side>>, keep: Side): Side {
  if (!isContested(fact)) return fact[keep] ? keep : flip(keep);
  return chosen[fact.field] ?? keep;
}

/** The facts that the contact that stays takes from the one that goes. */
export function takenFields(
  facts: readonly Fact[],
  chosen: Readonly<Record<string, Side>>,
  keep: Side,
): string[] {
  return facts
    .filter((fact) => fact[flip(keep)] && sideOf(fact, chosen, keep) !== keep)
    .map(({ field }) => field);
}

export const flip = (side: Side): Side => (side === "mine" ? "other" : "mine");
