import { ActionIcon } from "@mantine/core";
import { ChevronDown, ChevronUp, GripVertical } from "lucide-react";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./routing.module.css";

/** The list with one item at another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const next = [...items];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(Math.max(0, Math.min(next.length, to)), 0, one);
  return next;
}

/** Dragging rows of a list; give `row(index)` to each `<li>`. */
export function useDragOrder(onMove: (from: number, to: number) => void) {
  const [from, setFrom] = useState<number>();
  const [over, setOver] = useState<number>();
  const end = () => {
    setFrom(undefined);
    setOver(undefined);
  };
  const row = (index: number) => ({
    draggable: true,
    "data-over": over === index && from !== index ? true : undefined,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.effectAllowed = "move";
      setFrom(index);
    },
    onDragOver: (event: DragEvent) => {
      if (from === undefined) return;
      event.preventDefault();
      setOver(index);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (from !== undefined && from !== index) onMove(from, index);
      end();
    },
    onDragEnd: end,
  });
  return row;
}

interface Props {
  name: string;
  index: number;
  count: number;
  onMove: (from: number, to: number) => void;
}

/** The same by keyboard: two buttons, and the mark that says "can be dragged". */
export function OrderButtons({ name, index, count, onMove }: Props) {
  const { t } = useTranslation();
  return (
    <span className={css.order}>
      <GripVertical size={15} aria-hidden="true" className={css.grip} />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t("order.up", { name })}
        disabled={index === 0}
        onClick={() => onMove(index, index - 1)}
      >
        <ChevronUp size={15} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t("order.down", { name })}
        disabled={index === count - 1}
        onClick={() => onMove(index, index + 1)}
      >
        <ChevronDown size={15} />
      </ActionIcon>
    </span>
  );
}
