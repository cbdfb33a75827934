/** Asks for an e-mail address: kindly while people are there, before the first message when nobody is; never as a wall. */

import type { Say } from "../texts";
import { h, setText } from "./dom";

const THANKS_MS = 6_000;
const LIKELY = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

export interface EmailState {
  isOpen: boolean;
  isWanted: boolean;
}

export class EmailForm {
  readonly element: HTMLFormElement;
  private readonly input: HTMLInputElement;
  private readonly why = h("p", { role: "status" });
  private readonly fault = h("p", { class: "bad", role: "alert" });
  private readonly row: HTMLElement;
  private isDismissed = false;
  private isOpen = true;
  private thanks = "";

  constructor(
    private readonly say: Say,
    private readonly save: (email: string) => void,
  ) {
    this.input = h("input", {
      type: "email",
      name: "email",
      autocomplete: "email",
      required: true,
      maxLength: 254,
      placeholder: say("email"),
      "aria-label": say("email"),
    });
    const later = h("button", { type: "button", onclick: () => this.dismiss() }, say("later"));
    const go = h("button", { class: "go" }, say("save"));
    this.row = h("div", {}, this.input, go, later);
    this.element = h(
      "form",
      { class: "ask", noValidate: true, hidden: true },
      this.why,
      this.row,
      this.fault,
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  update({ isOpen, isWanted }: EmailState): void {
    this.element.hidden = !this.thanks && (!isWanted || this.isDismissed);
    this.isOpen = isOpen;
    setText(this.why, this.thanks || this.say(isOpen ? "email_ask" : "email_offline"));
    this.row.hidden = !!this.thanks;
  }

  /** False while nobody is there to answer and no address was given, until the visitor says "not now". */
  settle(): boolean {
    return !!this.element.hidden || !!this.thanks || this.isOpen || this.submit();
  }

  private submit(): boolean {
    const email = this.input.value.trim();
    const isGood = this.input.checkValidity() && LIKELY.test(email);
    setText(this.fault, isGood ? "" : this.say("email_bad"));
    if (isGood) this.saved(email);
    else this.input.focus();
    return isGood;
  }

  private saved(email: string): void {
    this.thanks = this.say("email_thanks", { email });
    this.input.value = "";
    this.save(email);
    setTimeout(() => {
      this.thanks = "";
      this.element.hidden = true;
    }, THANKS_MS);
  }

  private dismiss(): void {
    this.isDismissed = true;
    this.element.hidden = true;
  }
}
