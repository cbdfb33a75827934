/** Where the visitor writes: text, files (button, paste, drop) with their progress. */

import type { Api } from "../api";
import type { Box } from "../storage";
import type { Say } from "../texts";
import type { Upload } from "../types";
import { h, ICONS, icon, setText } from "./dom";
import { bytes } from "./message";

export interface ComposerOptions {
  api: Api;
  box: Box;
  say: Say;
  /** 0: no files. */
  maxBytes(): number;
  /** False: something must be filled in first. */
  canSend(): boolean;
  onSend(text: string, files: Upload[]): void;
  onTyping(isTyping: boolean): void;
}

interface Chip {
  node: HTMLElement;
  abort: AbortController;
  done: Upload | null;
}

const FILES_MAX = 10;
const TEXT_MAX = 10_000;
const DRAFT = "draft";

export class Composer {
  readonly element: HTMLElement;
  readonly input: HTMLTextAreaElement;
  private readonly chips = new Set<Chip>();
  private readonly tray = h("div", { class: "chips", hidden: true });
  private readonly note = h("p", { class: "note bad", role: "alert" });
  private readonly attach: HTMLElement;
  private readonly button: HTMLButtonElement;

  constructor(private readonly options: ComposerOptions) {
    const { say } = options;
    this.input = h("textarea", {
      rows: 1,
      maxLength: TEXT_MAX,
      placeholder: say("write"),
      "aria-label": say("write"),
      value: options.box.get(DRAFT) ?? "",
      oninput: () => this.typed(),
      onkeydown: (event: KeyboardEvent) => this.pressed(event),
      onpaste: (event: ClipboardEvent) => this.take(event.clipboardData?.files, event),
    });
    const picker = h("input", { type: "file", multiple: true, hidden: true });
    picker.addEventListener("change", () => {
      this.take(picker.files);
      picker.value = "";
    });
    this.attach = h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-label": say("attach"),
        title: say("attach"),
        onclick: () => picker.click(),
      },
      icon(ICONS.clip),
    );
    this.button = h(
      "button",
      { type: "submit", class: "tool send", "aria-label": say("send"), title: say("send") },
      icon(ICONS.send),
    );
    const form = h("form", { class: "compose" }, this.attach, picker, this.input, this.button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.element = h("div", {}, this.note, this.tray, form);
    this.update();
  }

  update(): void {
    this.attach.hidden = !this.options.maxBytes();
    this.tray.hidden = !this.chips.size;
    const isUploading = [...this.chips].some((chip) => !chip.done);
    this.button.disabled = isUploading || (!this.input.value.trim() && !this.chips.size);
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  clear(): void {
    for (const chip of this.chips) this.remove(chip);
    this.input.value = "";
    this.update();
  }

  /** Files from the button, the clipboard or a drop. */
  take(files: FileList | null | undefined, event?: Event): void {
    const limit = this.options.maxBytes();
    if (!limit || !files?.length) return;
    event?.preventDefault();
    setText(this.note, "");
    for (const file of [...files].slice(0, FILES_MAX - this.chips.size)) {
      const values = { name: file.name, size: bytes(limit) };
      if (file.size > limit) setText(this.note, this.options.say("too_large", values));
      else void this.upload(file);
    }
    this.update();
  }

  private async upload(file: File): Promise<void> {
    const { say, api } = this.options;
    const bar = h("div", { class: "bar" });
    bar.style.width = "0";
    const chip: Chip = { node: h("div"), abort: new AbortController(), done: null };
    const name = file.name || "image.png";
    chip.node = h(
      "div",
      { class: "chip", title: say("uploading", { name }) },
      thumbnail(file),
      h("span", {}, name),
      h(
        "button",
        { type: "button", "aria-label": say("remove", { name }), onclick: () => this.remove(chip) },
        icon(ICONS.close),
      ),
      bar,
    );
    this.chips.add(chip);
    this.tray.append(chip.node);
    try {
      const progress = (part: number) => {
        bar.style.width = `${part * 100}%`;
      };
      chip.done = await api.upload(file, progress, chip.abort.signal);
      chip.node.title = name;
      bar.remove();
    } catch {
      this.remove(chip);
      setText(this.note, say("upload_failed", { name }));
    }
    this.update();
  }

  private remove(chip: Chip): void {
    chip.abort.abort();
    this.chips.delete(chip);
    const picture = chip.node.querySelector("img");
    if (picture) URL.revokeObjectURL(picture.src);
    chip.node.remove();
    this.update();
  }

  private send(): void {
    if (this.button.disabled || !this.options.canSend()) return;
    const files = [...this.chips].flatMap((chip) => chip.done ?? []);
    const text = this.input.value.trim();
    this.options.box.remove(DRAFT);
    this.clear();
    setText(this.note, "");
    this.options.onSend(text, files);
    this.input.focus();
  }

  private typed(): void {
    this.options.box.set(DRAFT, this.input.value);
    this.options.onTyping(!!this.input.value);
    this.update();
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }
}

function thumbnail(file: File): HTMLElement | null {
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return null;
  return h("img", { src: URL.createObjectURL(file), alt: "" });
}
