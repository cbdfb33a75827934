/** What this browser remembers. Storage may be forbidden or full: then it just forgets. */
export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`santral.${name}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`santral.${name}`);
    else localStorage.setItem(`santral.${name}`, JSON.stringify(value));
  } catch {
    // A convenience only.
  }
}
