import { Accordion, Stack } from "@mantine/core";
import type { PropsWithChildren } from "react";
import css from "../routing.module.css";

interface Props {
  name: string;
  title: string;
  /** What is set, in a few words, to be read without opening. */
  summary: string;
}

/** One part of a queue's settings. */
export function Section({ name, title, summary, children }: PropsWithChildren<Props>) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <span className={css.title}>
          <b>{title}</b>
          <small>{summary}</small>
        </span>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="md">{children}</Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}
