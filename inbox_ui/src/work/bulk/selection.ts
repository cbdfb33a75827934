import { create } from "zustand";

interface Selection {
  ids: ReadonlySet<string>;
  /** Where a range begins. */
  anchor: string | undefined;
}

export const useSelection = create<Selection>(() => ({ ids: new Set(), anchor: undefined }));

/** One more or one less; with `isRange` all between the last one chosen and this one, as the list shows them. */
export function choose(id: string, isRange: boolean, listIds: readonly string[]): void {
  useSelection.setState(({ ids, anchor }) => {
    const next = new Set(ids);
    const from = anchor === undefined ? -1 : listIds.indexOf(anchor);
    const to = listIds.indexOf(id);
    if (isRange && from >= 0 && to >= 0) {
      for (const one of listIds.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
    } else if (next.has(id)) next.delete(id);
    else next.add(id);
    return { ids: next, anchor: id };
  });
}

export const chooseAll = (listIds: readonly string[]): void =>
  useSelection.setState({ ids: new Set(listIds), anchor: undefined });

export const chooseNone = (): void => useSelection.setState({ ids: new Set(), anchor: undefined });
