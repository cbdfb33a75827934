import i18next from "i18next";
import { initReactI18next } from "react-i18next";

/** Texts lie in `templates/i18n/<language>/ui*.json`; one language is loaded when it is first shown. */
const FILES = import.meta.glob<{ default: Record<string, unknown> }>("@i18n/*/ui*.json");

export const LANGUAGES = { en: "English", tr: "Türkçe", pl: "Polski" } as const;
export type Language = keyof typeof LANGUAGES;

const isLanguage = (value: string): value is Language => value in LANGUAGES;

/** What the browser asks for, as far as there are texts for it. */
export function browserLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return wanted ?? "en";
}

async function load(language: Language): Promise<void> {
  const mine = Object.entries(FILES).filter(([path]) => path.includes(`/${language}/ui`));
  const loaded = await Promise.all(mine.map(([, file]) => file()));
  for (const { default: texts } of loaded) {
    i18next.addResourceBundle(language, "translation", texts, true, true);
  }
}

export async function startI18n(language: Language = browserLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await showLanguage(language);
}

/** An empty wish means the browser's language. */
export async function showLanguage(wish: string): Promise<void> {
  const language = isLanguage(wish) ? wish : browserLanguage();
  if (!i18next.hasResourceBundle(language, "translation")) await load(language);
  if (i18next.language !== language) await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export const t = i18next.t.bind(i18next);
