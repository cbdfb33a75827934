/** The widget's words in three languages, i18next v4 form: `{{name}}` and plural endings. */

import en from "@i18n/en/widget.json";
import pl from "@i18n/pl/widget.json";
import tr from "@i18n/tr/widget.json";

export type Key = keyof typeof en;
export type Say = (key: Key, values?: Record<string, string | number>) => string;

type Texts = Partial<Record<string, string>>;
const LANGUAGES: Record<string, Texts> = { en, tr, pl };

export function languageOf(...wishes: (string | null | undefined)[]): string {
  const found = wishes.map((wish) => wish?.slice(0, 2).toLowerCase() ?? "");
  return found.find((tag) => tag in LANGUAGES) ?? "en";
}

/** `count` chooses the plural: the key is then written without its ending. */
export function speaker(language: string): Say {
  const texts: Texts = LANGUAGES[language] ?? en;
  const plural = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const ending = typeof values.count === "number" ? `_${plural.select(values.count)}` : "";
    const base = ending ? key.replace(/_other$/, ending) : key;
    const text = texts[base] ?? texts[key] ?? "";
    return text.replace(/{{(\w+)}}/g, (_, name: string) => String(values[name] ?? ""));
  };
}
