import { notifications } from "@mantine/notifications";
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(() => {
  cleanup();
  // Files share what is loaded, and with it what was told to the last one's user.
  notifications.clean();
  notifications.cleanQueue();
});
// What is loaded when it is first needed comes late on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

// What Mantine and the virtualizer ask of a browser and jsdom does not have.
class NoResizeObserver implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

window.ResizeObserver ??= NoResizeObserver;
window.matchMedia ??= vi.fn((media: string) => ({
  matches: false,
  media,
  onchange: null,
  addEventListener: () => {},
  removeEventListener: () => {},
  addListener: () => {},
  removeListener: () => {},
  dispatchEvent: () => false,
}));
Element.prototype.scrollIntoView ??= () => {};
// Mantine measures a growing text field again when fonts have come.
if (!document.fonts) {
  const fonts = { addEventListener: () => {}, removeEventListener: () => {} };
  Object.defineProperty(document, "fonts", { value: fonts });
}
