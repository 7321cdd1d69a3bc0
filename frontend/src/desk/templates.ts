/** Ready replies: `::` and some letters in the reply open a list; Enter or a click puts the filled text in place. */
import { load } from "./page";

const AFTER_COLONS = /::([\p{L}\p{N}-]{0,30})$/u;

const list = (): HTMLElement | null => document.getElementById("templates");
const options = (): HTMLElement[] => [...(list()?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
let wanted: string | null = null;

function hide(): void {
  wanted = null;
  const box = list();
  if (box) box.hidden = true;
}

function select(to: number): void {
  const all = options();
  all.forEach((each, at) => each.setAttribute("aria-selected", String(at === ((to % all.length) + all.length) % all.length)));
}

const selected = (): number => options().findIndex((each) => each.getAttribute("aria-selected") === "true");

async function look(area: HTMLTextAreaElement): Promise<void> {
  const found = AFTER_COLONS.exec(area.value.slice(0, area.selectionStart));
  if (!found) return hide();
  const query = found[1] ?? "";
  if (query === wanted) return;
  wanted = query;
  await load(`${area.dataset["lcTemplates"] ?? ""}?q=${encodeURIComponent(query)}`, "#templates");
  const box = list();
  if (box && wanted === query) {
    box.hidden = false;
    select(0);
  }
}

async function put(option: HTMLElement, area: HTMLTextAreaElement): Promise<void> {
  const answer = await fetch(option.dataset["lcTemplate"] ?? "", { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const { text } = (await answer.json()) as { text: string };
  const before = area.value.slice(0, area.selectionStart).replace(AFTER_COLONS, "");
  const after = area.value.slice(area.selectionStart);
  area.value = before + text + after;
  area.focus();
  area.setSelectionRange(before.length + text.length, before.length + text.length);
  hide();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startTemplates(): void {
  document.addEventListener("input", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.dataset["lcTemplates"]) void look(event.target);
  });
  document.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[data-lc-template]");
    const area = document.querySelector<HTMLTextAreaElement>("#reply-text");
    if (option && area) void put(option, area);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      const area = event.target;
      if (!(area instanceof HTMLTextAreaElement) || list()?.hidden !== false) return;
      const at = selected();
      const option = options()[at];
      if (event.key === "ArrowDown" || event.key === "ArrowUp") select(at + (event.key === "ArrowDown" ? 1 : -1));
      else if ((event.key === "Enter" || event.key === "Tab") && option) void put(option, area);
      else if (event.key === "Escape") hide();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
