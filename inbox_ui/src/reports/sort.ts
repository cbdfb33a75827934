import type { Row } from "./queries";
import { numberOf } from "./queries";

/** A column and which way; "" is the name. */
export interface Order {
  by: string;
  isUp: boolean;
}

/** What has no number stands last, whichever way. */
export function sorted(rows: Row[], order: Order, nameOf: (row: Row) => string, locale: string) {
  const way = order.isUp ? 1 : -1;
  const names = new Intl.Collator(locale, { numeric: true });
  return [...rows].sort((one, other) => {
    const byName = names.compare(nameOf(one), nameOf(other));
    if (!order.by) return byName * way;
    const [left, right] = [numberOf(one, order.by), numberOf(other, order.by)];
    if (left === null || right === null) {
      return left === right ? byName : left === null ? 1 : -1;
    }
    return (left - right) * way || byName;
  });
}
