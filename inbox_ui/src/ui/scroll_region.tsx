import type { PropsWithChildren, Ref } from "react";

interface Props {
  label: string;
  className?: string | undefined;
  ref?: Ref<HTMLElement>;
}

/** A part of the page that scrolls by itself: named, and reachable by key. */
export function ScrollRegion({ label, className, ref, children }: PropsWithChildren<Props>) {
  return (
    <section
      ref={ref}
      className={className}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll here.
      tabIndex={0}
    >
      {children}
    </section>
  );
}
