/** The website's localStorage under our own prefix; memory where the browser refuses it. */

export interface Box {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that begin with `start`, sorted. */
  keys(start: string): string[];
}

export function openBox(prefix: string): Box {
  const store = usable() ?? memory();
  return {
    get: (key) => store.getItem(prefix + key),
    set: (key, value) => {
      try {
        store.setItem(prefix + key, value);
      } catch {
        // Full or forbidden: what is in memory goes on working.
      }
    },
    remove: (key) => store.removeItem(prefix + key),
    keys: (start) =>
      Array.from({ length: store.length }, (_, n) => store.key(n) ?? "")
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length))
        .sort(),
  };
}

function usable(): Storage | null {
  try {
    const store = window.localStorage;
    store.setItem("santral", "1");
    store.removeItem("santral");
    return store;
  } catch {
    return null;
  }
}

function memory(): Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
    key: (n) => [...map.keys()][n] ?? null,
    get length() {
      return map.size;
    },
  };
}
