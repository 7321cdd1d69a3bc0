/** Keyboard shortcuts: one registry, listed by `?`. Single letters act only while no text is being typed. */
import { openDialog } from "./dialogs";

type Action = (event: KeyboardEvent) => void;

const actions = new Map<string, Action>();
let prefix = "";
let prefixTimer = 0;

/** "ctrl+k", "g d", "?", "arrowdown"; `act` runs when it is pressed. */
export function onKey(combination: string, act: Action): void {
  actions.set(combination, act);
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));
}

/** Escape in a text: what stands around it has the focus, so that single letters act again and Tab goes on from there. */
function leaveText(target: EventTarget | null): void {
  if (!typing(target) || document.querySelector("dialog[open]")) return;
  (target as HTMLElement).closest<HTMLElement>('[tabindex="-1"]')?.focus({ preventScroll: true });
}

function nameOf(event: KeyboardEvent): string {
  const modifiers = [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : ""].filter(Boolean);
  return [...modifiers, event.key.toLowerCase()].join("+");
}

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") leaveText(event.target);
  let name = nameOf(event);
  const plain = !name.startsWith("ctrl+") && !name.startsWith("alt+");
  if (plain && (typing(event.target) || document.querySelector("dialog[open]"))) return;
  if (prefix && plain) {
    name = `${prefix} ${name}`;
    prefix = "";
    clearTimeout(prefixTimer);
  } else if (plain && [...actions.keys()].some((key) => key.startsWith(`${name} `))) {
    prefix = name;
    prefixTimer = window.setTimeout(() => (prefix = ""), 1200);
    return;
  }
  const act = actions.get(name);
  if (!act) return;
  event.preventDefault();
  act(event);
}

// Other bundles register by event: each bundle has its own copy of this module.
document.addEventListener("lc:key", (event) => {
  const { key, act } = (event as CustomEvent<{ key: string; act: Action }>).detail;
  onKey(key, act);
});

export function startKeys(): void {
  document.addEventListener("keydown", handle);
  onKey("?", () => openDialog("shortcuts"));
  // Places: `g` then a letter, for every page the palette lists.
  for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-lc-go]")) {
    onKey(`g ${link.dataset["lcGo"] ?? ""}`, () => link.click());
  }
}
