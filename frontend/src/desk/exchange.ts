/** Opening exchanges and keeping the customer's file beside the one shown. */
import { announce, load, shown } from "./page";

let customerUrl: string | null = null;
/** The messages known when the exchange was last drawn, to say only what is new. */
let newest = 0;

/** The exchange a link leads to: a row of the work list, an entry of the customer's history. */
export function contactOf(link: HTMLAnchorElement): string | null {
  return link.dataset["lcContact"] ?? /^\/contacts\/(\d+)\/$/.exec(new URL(link.href).pathname)?.[1] ?? null;
}

/** Show the exchange `id` in the middle; its customer follows, and the focus too unless it came by itself. */
export async function open(id: string, { focus = true } = {}): Promise<void> {
  if (!document.getElementById("exchange")) return;
  // The one shown is drawn anew where it stands: what is being typed or sent in it stays.
  if (shown()?.dataset["contact"] === id) window.htmx.trigger(document.body, "lc:refresh", {});
  else await load(`/contacts/${id}/`, "#exchange");
  history.replaceState(null, "", `/?contact=${id}`);
  document.dispatchEvent(new CustomEvent("lc:column", { detail: "exchange" }));
  if (focus) document.getElementById("exchange-title")?.focus({ preventScroll: true });
}

/** Nothing in hand: the quiet desk. */
function close(): void {
  if (!document.getElementById("exchange")) return;
  const quiet = document.querySelector<HTMLTemplateElement>("#quiet-desk");
  if (quiet) document.getElementById("exchange")?.replaceChildren(quiet.content.cloneNode(true));
  history.replaceState(null, "", "/");
  showCustomer();
}

/** The next exchange of the work list after `id`, else the quiet desk. */
async function next(id: string): Promise<void> {
  await new Promise((done) => setTimeout(done, 400));
  // The person may have gone elsewhere meanwhile.
  if (shown()?.dataset["contact"] !== id) return;
  const others = links().filter((link) => contactOf(link) !== id);
  const first = others[0] && contactOf(others[0]);
  if (first) return open(first);
  close();
  document.getElementById("exchange-column")?.focus({ preventScroll: true });
}

/** The work list's links to exchanges, in order. */
export function links(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>("#work a[data-lc-contact]")];
}

function markCurrent(): void {
  const id = shown()?.dataset["contact"];
  for (const link of links()) {
    link.closest(".lc-row")?.classList.toggle("is-current", contactOf(link) === id);
    if (contactOf(link) === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Where the exchange shown stands, for its customer's file: its number, its state, whether identity is proven. */
let standing = { id: "", state: "", proof: "" };

/** The file beside the exchange follows it: fetched again when identity is proven, its history when the state changes. */
function followCustomer(): void {
  const { contact: id = "", state = "", proof = "" } = shown()?.dataset ?? {};
  const before = standing;
  standing = { id, state, proof };
  if (id === before.id && proof !== before.proof) customerUrl = null;
  if (showCustomer() || (id === before.id && state === before.state)) return;
  document.body.dispatchEvent(new CustomEvent("customer-changed"));
}

/** The right column: the file of the exchange shown, or of the one offered (`override`). Returns whether it changes. */
export function showCustomer(override = ""): boolean {
  const column = document.getElementById("customer");
  if (!column) return false;
  const article = shown();
  const customer = article?.dataset["customer"];
  const own = customer ? `/customers/${customer}/panel/?contact=${article.dataset["contact"] ?? ""}` : "";
  const state = article?.dataset["identification"] ?? "none";
  const wanted = override || own || state;
  if (wanted === customerUrl) return false;
  customerUrl = wanted;
  if (wanted.startsWith("/")) void load(wanted, "#customer");
  else {
    const hint = document.querySelector<HTMLTemplateElement>(`#customer-${state}`) ?? document.querySelector<HTMLTemplateElement>("#customer-none");
    column.replaceChildren(...(hint ? [hint.content.cloneNode(true)] : []));
  }
  return true;
}

/** Tell the words of a message that came in since the exchange was drawn; scroll to it if one was at the end. */
function tellNew(fresh: boolean): void {
  const messages = [...document.querySelectorAll<HTMLElement>("[data-lc-incoming]")];
  const latest = Math.max(0, ...messages.map((each) => Number(each.dataset["lcIncoming"])));
  if (!fresh && latest > newest) {
    const message = messages.at(-1);
    const who = message?.querySelector("strong")?.textContent ?? "";
    const words = message?.querySelector(".lc-message-text")?.textContent?.trim().slice(0, 200) ?? "";
    announce(`${who} : ${words}`);
  }
  newest = latest;
}

let started = false;

/** The first work list is here: show what is in hand, unless the address already named an exchange. */
async function begin(): Promise<void> {
  started = true;
  const mine = links().find((link) => ["active", "wrap_up"].includes(link.closest<HTMLElement>(".lc-row")?.dataset["state"] ?? ""));
  const id = mine && contactOf(mine);
  if (!shown() && id && !new URLSearchParams(location.search).has("contact")) await open(id);
}

let pinned = true;
let drawn = "";

function afterDrawing(): void {
  const body = document.getElementById("exchange-body");
  const id = shown()?.dataset["contact"] ?? "";
  const fresh = id !== drawn;
  drawn = id;
  document.querySelector<HTMLElement>(".lc-wrap [aria-invalid]")?.focus();
  if (body && (fresh || pinned)) body.scrollTop = body.scrollHeight;
  tellNew(fresh);
  // Reading it has made it read: the work list shows so.
  if (fresh && document.querySelector(`#work [data-contact="${id}"] .lc-badge[data-tone="info"]`)) document.body.dispatchEvent(new CustomEvent("sse:work"));
  markCurrent();
  followCustomer();
}

function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.button) return;
  // A link in what a customer wrote opens apart and learns nothing of this page.
  if (link.closest(".lc-message-text")) {
    event.preventDefault();
    window.open(link.href, "_blank", "noopener,noreferrer");
    return;
  }
  if (!document.getElementById("exchange") || link.hasAttribute("download") || link.origin !== location.origin) return;
  const id = contactOf(link);
  const customer = /^\/customers\/(\d+)\/$/.exec(link.pathname)?.[1];
  if (id) {
    event.preventDefault();
    void open(id);
  } else if (customer && link.closest("#palette")) {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("lc:column", { detail: "customer" }));
    showCustomer(`/customers/${customer}/panel/`);
  } else if (link.closest(".lc-desk")) {
    // Whole pages open beside the desk, which stays as it is.
    event.preventDefault();
    window.open(link.href, "_blank", "noopener");
  }
}

export function startExchange(): void {
  document.addEventListener("click", follow);
  document.addEventListener("click", (event) => {
    const create = (event.target as Element).closest<HTMLElement>("[data-lc-create-customer]");
    if (!create) return;
    customerUrl = create.dataset["lcCreateCustomer"] ?? "";
    document.dispatchEvent(new CustomEvent("lc:column", { detail: "customer" }));
    void load(customerUrl, "#customer");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const asked = (event as CustomEvent<{ requestConfig?: { verb: string; elt: Element } }>).detail.requestConfig;
    const body = document.getElementById("exchange-body");
    // One's own words are always shown; what comes in is, unless one was reading further up.
    pinned = !body || (asked?.verb === "post" && asked.elt.matches("#reply-form, #note-form")) || body.scrollHeight - body.scrollTop - body.clientHeight < 80;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = (event as CustomEvent<{ target?: Element }>).detail.target ?? (event.target as Element);
    if (target.id === "exchange" || target.closest(".lc-exchange")) afterDrawing();
    if (document.getElementById("work")?.contains(target) || target.querySelector("#work")) {
      if (!started) void begin();
      markCurrent();
    }
  });
  document.body.addEventListener("lc:closed", (event) => {
    const id = String((event as CustomEvent<{ contact: number }>).detail.contact);
    if (shown()?.dataset["contact"] === id) void next(id);
  });
  document.body.addEventListener("lc:open", (event) => void open(String((event as CustomEvent<{ contact: number }>).detail.contact)));
  document.body.addEventListener("lc:handed-on", (event) => void next(String((event as CustomEvent<{ contact: number }>).detail.contact)));
  const asked = new URLSearchParams(location.search).get("contact");
  if (asked && /^\d+$/.test(asked)) void open(asked);
  else if (shown()) afterDrawing();
  else close();
}
