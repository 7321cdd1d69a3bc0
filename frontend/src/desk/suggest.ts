/**
 * Lists that open while one types: `::` and some letters offer ready replies, `@` and some letters colleagues. Arrows
 * choose, Enter, Tab or a click puts what was chosen in place of what was typed.
 */
interface Source {
  /** The text that asks for the list, at its end; its first group is what to look for. */
  asks: RegExp;
  /** The name in `dataset` of the address that answers, on the text area. */
  address: string;
  /** The id of the list. */
  list: string;
}

const SOURCES: Source[] = [
  { asks: /::([\p{L}\p{N}-]{0,30})$/u, address: "lcTemplates", list: "templates" },
  { asks: /(?<![\p{L}\p{N}.+-])@([\p{L}'’-]{0,30}(?: [\p{L}'’-]{1,30})?)$/u, address: "lcPeople", list: "people" },
];

const sourceOf = (area: Element): Source | undefined => (area instanceof HTMLTextAreaElement ? SOURCES.find((each) => area.dataset[each.address]) : undefined);
const listOf = (source: Source): HTMLElement | null => document.getElementById(source.list);
const optionsOf = (source: Source): HTMLElement[] => [...(listOf(source)?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
let wanted: string | null = null;

function hide(source: Source): void {
  wanted = null;
  const box = listOf(source);
  if (box) box.hidden = true;
}

function select(source: Source, to: number): void {
  const all = optionsOf(source);
  all.forEach((each, at) => each.setAttribute("aria-selected", String(at === ((to % all.length) + all.length) % all.length)));
}

const selected = (source: Source): number => optionsOf(source).findIndex((each) => each.getAttribute("aria-selected") === "true");

async function look(area: HTMLTextAreaElement, source: Source): Promise<void> {
  const found = source.asks.exec(area.value.slice(0, area.selectionStart));
  if (!found) return hide(source);
  const query = found[1] ?? "";
  if (query === wanted) return;
  wanted = query;
  const address = `${area.dataset[source.address] ?? ""}?q=${encodeURIComponent(query)}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  const words = answer?.ok ? await answer.text() : "";
  const box = listOf(source);
  // What was typed meanwhile has asked for itself.
  if (!box || wanted !== query) return;
  box.innerHTML = words;
  box.hidden = !words.trim();
  select(source, 0);
}

/** What an option stands for: its own words, or a text that the server fills. */
async function textOf(option: HTMLElement): Promise<string | null> {
  const own = option.dataset["lcInsert"];
  if (own !== undefined) return own;
  const answer = await fetch(option.dataset["lcTemplate"] ?? "", { headers: { "HX-Request": "true" } });
  return answer.ok ? ((await answer.json()) as { text: string }).text : null;
}

async function put(option: HTMLElement, area: HTMLTextAreaElement, source: Source): Promise<void> {
  const text = await textOf(option);
  if (text === null) return;
  const before = area.value.slice(0, area.selectionStart).replace(source.asks, "");
  const after = area.value.slice(area.selectionStart);
  area.value = before + text + after;
  area.focus();
  area.setSelectionRange(before.length + text.length, before.length + text.length);
  hide(source);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function onKey(event: KeyboardEvent): void {
  const area = event.target;
  const source = area instanceof HTMLTextAreaElement ? sourceOf(area) : undefined;
  if (!(area instanceof HTMLTextAreaElement) || !source || listOf(source)?.hidden !== false) return;
  const at = selected(source);
  const option = optionsOf(source)[at];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") select(source, at + (event.key === "ArrowDown" ? 1 : -1));
  else if (event.key === "Escape") hide(source);
  else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && option) void put(option, area, source);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function startSuggestions(): void {
  document.addEventListener("input", (event) => {
    const area = event.target;
    const source = area instanceof HTMLTextAreaElement ? sourceOf(area) : undefined;
    if (area instanceof HTMLTextAreaElement && source) void look(area, source);
  });
  document.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[data-lc-template], [data-lc-insert]");
    const source = option && SOURCES.find((each) => option.closest(`#${each.list}`));
    const area = source && [...document.querySelectorAll<HTMLTextAreaElement>("textarea")].find((each) => sourceOf(each) === source);
    if (option && area) void put(option, area, source);
  });
  document.addEventListener("keydown", onKey, true);
}
