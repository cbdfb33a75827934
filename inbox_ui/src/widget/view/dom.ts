/** Elements without markup: text is only ever text. */

type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

/** `class`, `aria-…` and the like become attributes, `on…` listeners, the rest properties. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as EventListener);
    else if (name in element && !name.includes("-")) (element as unknown as Props)[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A line icon of 24 units; decoration only. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  chat: "M20 11.5a7.5 7.5 0 0 1-7.5 7.5c-1.2 0-2.4-.3-3.4-.8L4 20l1.8-4.6a7.4 7.4 0 0 1-.8-3.9 7.5 7.5 0 0 1 15 0Z",
  close: "M6 6l12 12M18 6 6 18",
  down: "m6 9 6 6 6-6",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Z",
  clip: "m20 11-8.2 8.2a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.1a1.7 1.7 0 0 1-2.4-2.4l7.6-7.5",
  file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5",
  sound: "M11 5 6.5 9H3v6h3.5L11 19V5Zm4 4a4 4 0 0 1 0 6m2.5-8.5a8 8 0 0 1 0 11",
  mute: "M11 5 6.5 9H3v6h3.5L11 19V5Zm5 5 4 4m0-4-4 4",
};

/** Change a text only when it differs, so that screen readers are not told again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
