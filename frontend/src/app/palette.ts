/** The command palette (Ctrl K): customers found by the server, actions of the page, pages of the house; arrows and Enter. */
import { openDialog } from "./dialogs";
import { onKey } from "./keys";

interface Action {
  label: string;
  key: string;
  run: () => void;
}

const pageActions: Action[] = [];

// Other bundles (the desk) offer their actions by event, each with its shortcut: they have no copy of this list.
document.addEventListener("lc:action", (event) => pageActions.push((event as CustomEvent<Action>).detail));

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function options(dialog: HTMLDialogElement): HTMLElement[] {
  return [...dialog.querySelectorAll<HTMLElement>(".lc-palette-results a, .lc-palette-results button:not([disabled])")].filter((each) => !each.hidden && each.offsetParent);
}

function select(dialog: HTMLDialogElement, to: number): void {
  const all = options(dialog);
  const input = dialog.querySelector("input");
  all.forEach((each, at) => {
    const chosen = all.length > 0 && at === ((to % all.length) + all.length) % all.length;
    each.setAttribute("role", "option");
    each.setAttribute("aria-selected", String(chosen));
    each.id ||= `palette-option-${at}`;
    if (chosen) {
      input?.setAttribute("aria-activedescendant", each.id);
      each.scrollIntoView({ block: "nearest" });
    }
  });
}

function fillActions(dialog: HTMLDialogElement): void {
  const box = dialog.querySelector<HTMLElement>("#palette-actions");
  box?.replaceChildren(
    ...pageActions.map((action) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "lc-menu-item";
      button.tabIndex = -1;
      button.append(action.label);
      if (action.key) {
        const key = document.createElement("kbd");
        key.textContent = action.key;
        button.append(key);
      }
      button.addEventListener("click", () => {
        dialog.close();
        action.run();
      });
      return button;
    }),
  );
}

function filter(dialog: HTMLDialogElement, wanted: string): void {
  for (const each of dialog.querySelectorAll<HTMLElement>("#palette-actions > *, #palette-pages > *")) {
    each.hidden = !plain(each.textContent ?? "").includes(plain(wanted.trim()));
  }
  select(dialog, 0);
}

export function startPalette(): void {
  const dialog = document.getElementById("palette");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const input = dialog.querySelector("input");
  if (!input) return;
  const show = (): void => {
    fillActions(dialog);
    openDialog("palette");
    input.select();
    filter(dialog, input.value);
  };
  onKey("ctrl+k", show);
  onKey("/", show);
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest('[data-lc-open="palette"]')) show();
  });
  input.addEventListener("input", () => filter(dialog, input.value));
  dialog.addEventListener("htmx:afterSwap", () => select(dialog, 0));
  dialog.addEventListener("click", (event) => {
    if ((event.target as Element).closest("a, [data-lc-number]")) dialog.close();
  });
  input.addEventListener("keydown", (event) => {
    const all = options(dialog);
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      select(dialog, at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      all[at]?.click();
    }
  });
}
