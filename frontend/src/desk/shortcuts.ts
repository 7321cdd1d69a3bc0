/** The desk by keyboard; the list shown by `?` is in the page's template, in the person's language. */
import { contactOf, links, open } from "./exchange";
import { shown } from "./page";

const press = (selector: string): void => document.querySelector<HTMLElement>(selector)?.click();

/** Open or close what folds, and go there. */
function unfold(selector: string): void {
  const found = document.querySelector<HTMLElement>(selector);
  found?.focus();
  found?.click();
}

function step(by: number): void {
  const all = links();
  const id = shown()?.dataset["contact"];
  const at = all.findIndex((link) => contactOf(link) === id);
  const next = all[at < 0 ? 0 : (at + by + all.length) % all.length];
  const found = next && contactOf(next);
  if (found) void open(found);
}

function write(tab: string, area: string): void {
  press(tab);
  document.querySelector<HTMLElement>(area)?.focus();
}

/** Open the reasons to decline: a digit, or Enter, chooses one. */
function decline(): void {
  const menu = document.querySelector<HTMLElement>("[data-lc-act='decline']")?.closest("details");
  if (!menu) return;
  menu.open = true;
  menu.querySelector<HTMLElement>("[data-lc-digit]")?.focus();
}

const digit = (number: number) => (): void => press(`details[open] [data-lc-digit="${number}"]`);

/** Ctrl Enter sends what is being typed; without text being typed it accepts what is offered. */
function confirm(): void {
  const form = document.activeElement?.closest("form");
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.querySelector<HTMLElement>("[data-kind='primary']")?.click();
  else if (form?.matches("#reply-form")) press("#send");
  else if (form?.matches("#note-form, #wrap-form")) form.requestSubmit();
  else press("[data-lc-act='accept']");
}

function undo(event: Event): void {
  const button = document.querySelector<HTMLElement>("[data-lc-act='undo']");
  const area = document.activeElement;
  // In a field with text, Ctrl Z is the browser's.
  if (!button || (area instanceof HTMLTextAreaElement && area.value)) return;
  event.preventDefault();
  button.click();
}

const actions: Record<string, (event: KeyboardEvent) => void> = {
  j: () => step(1),
  k: () => step(-1),
  arrowdown: () => step(1),
  arrowup: () => step(-1),
  a: () => press("[data-lc-act='accept']"),
  x: decline,
  ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [String(number), digit(number)])),
  m: () => press("[data-lc-act='join']"),
  r: () => write("#tab-reply", "#reply-text"),
  n: () => write("#tab-note", "#note-text"),
  t: () => press("[data-lc-act='transfer']"),
  b: () => press("[data-lc-act='call-back']"),
  s: () => press("[data-lc-act='snooze']"),
  e: () => press("[data-lc-act='end']"),
  h: () => press("[data-lc-act='hold']"),
  c: () => press("[data-lc-call='consult']"),
  w: () => document.querySelector<HTMLElement>("#wrap-reason")?.focus(),
  p: () => unfold(".lc-presence summary"),
  i: () => unfold("#identify summary, #find-customer"),
  "ctrl+enter": confirm,
  "alt+enter": () => document.querySelector<HTMLFormElement>("#wrap-form")?.requestSubmit(),
  "alt+1": () => document.querySelector<HTMLElement>("#work a")?.focus(),
  "alt+2": () => document.getElementById("exchange-title")?.focus(),
  "alt+3": () => document.querySelector<HTMLElement>("#customer a, #customer button")?.focus(),
};

export function startShortcuts(): void {
  for (const [key, act] of Object.entries(actions)) document.dispatchEvent(new CustomEvent("lc:key", { detail: { key, act } }));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo(event);
    // In a chat Enter sends; Shift Enter begins a line.
    const area = event.target;
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.isComposing && !event.defaultPrevented) {
      if (area instanceof HTMLTextAreaElement && area.id === "reply-text" && shown()?.dataset["channel"] === "chat") {
        event.preventDefault();
        press("#send");
      }
    }
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-lc-palette-action]")) {
    const { lcPaletteAction: key, lcLabel: label } = button.dataset;
    if (key && label) document.dispatchEvent(new CustomEvent("lc:action", { detail: { key, label, run: () => actions[key]?.(new KeyboardEvent("keydown")) } }));
  }
}
