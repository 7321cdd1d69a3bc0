/** htmx as this house uses it: no eval, the CSRF token on each request, morphing swaps, errors told in words. */
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";
import { toast } from "./say";

/** A field whose text the person changed and the server does not have yet; updates leave it alone. */
export function isDirty(field: Element): boolean {
  return field.matches("[data-lc-keep]") || (field instanceof HTMLElement && field.dataset["lcDirty"] === "true");
}

/** Whether what is being swapped in was asked for by the person, rather than by the page itself. */
let asked = false;

function protect(old: Node): boolean {
  if (!(old instanceof Element)) return true;
  // Why something was refused stays to be read until the person does something about it.
  return !isDirty(old) && (asked || !old.matches("[data-lc-refusal]"));
}

/** What the person opened, hid or chose stays so: these attributes are theirs once the page is drawn. */
function keepsAttribute(name: string, node: Element): boolean {
  if (name === "open") return node.matches("details, dialog");
  if (name === "style") return node.matches("iframe");  // its height, measured here
  if (name === "hidden") return node.matches('[role="tabpanel"]');
  if (name === "aria-invalid" || name === "aria-describedby") return !asked && node.closest("form")?.querySelector("[data-lc-refusal]") != null;
  return name === "aria-selected" || name === "aria-current";
}

/** Whether a failed answer is the house's error sentence rather than a form to show again. */
function sentenceIn(html: string): HTMLElement | null {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content.querySelector<HTMLElement>("[data-lc-error]");
}

/** Whether the person asked for it, rather than the page by itself. */
function isOwnDoing(detail: SwapDetail): boolean {
  const cause = detail.requestConfig?.triggeringEvent?.type ?? "";
  return cause !== "" && cause !== "load" && !cause.startsWith("sse:") && !cause.startsWith("lc:");
}

function isFirstFetch(detail: SwapDetail): boolean {
  return detail.requestConfig?.triggeringEvent?.type === "load" || !detail.requestConfig?.triggeringEvent;
}

interface SwapDetail {
  requestConfig?: { triggeringEvent?: Event; elt?: Element; verb: string };
  target: Element;
  xhr: XMLHttpRequest;
  shouldSwap: boolean;
  isError: boolean;
}

const VERBS = ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"];
const acts = (element: Element): boolean => VERBS.some((verb) => element.hasAttribute(verb));

function morph(style: string, target: Element, fresh: HTMLCollection): Node[] {
  // What asked for something itself and no longer does: htmx would still hear it, and it would do what it did before.
  const past: Element[] = [];
  const nodes = Idiomorph.morph(target, fresh, {
    morphStyle: style === "morph:innerHTML" ? "innerHTML" : "outerHTML",
    // Of a field that has the focus the text is left alone; a button or a menu that has it is drawn anew like the rest.
    ignoreActiveValue: document.activeElement?.matches("input, textarea, select") ?? false,
    callbacks: {
      beforeNodeMorphed: (old, now) => {
        const kept = protect(old);
        if (kept && old instanceof Element && now instanceof Element && acts(old) && !acts(now)) past.push(old);
        return kept;
      },
      beforeNodeRemoved: protect,
      beforeAttributeUpdated: (name, node) => !keepsAttribute(name, node),
    },
  });
  past.forEach(renew);
  enliven(nodes);
  return nodes;
}

/** The same element without a past. */
function renew(element: Element): void {
  const focused = document.activeElement === element;
  const anew = element.cloneNode(true) as HTMLElement;
  anew.classList.remove(htmx.config.requestClass);
  element.replaceWith(anew);
  if (focused) anew.focus({ preventScroll: true });
}

/** What is seen can be pressed: htmx by itself would hear a new button only when it has settled, 20 ms later. */
function enliven(nodes: Iterable<Node>): void {
  for (const node of nodes) if (node instanceof Element) htmx.process(node);
}

/**
 * What was pressed is gone (an update removed it while its answer was under way): htmx would then not find the morph
 * extension from it, and put the answer inside its target. Morph the target ourselves. Returns whether that was so.
 */
function morphForWhatIsGone({ requestConfig, target, xhr }: SwapDetail): boolean {
  const style = target.closest("[hx-swap]")?.getAttribute("hx-swap") ?? "";
  if (!requestConfig?.elt || requestConfig.elt.isConnected || !target.isConnected || !style.startsWith("morph")) return false;
  const box = document.createElement("template");
  box.innerHTML = xhr.responseText;
  morph(style, target, box.content.children);
  target.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { target } }));
  announceOnBody(xhr, "HX-Trigger-After-Settle");
  return true;
}

/** When each thing was asked for, in order, and the latest that each target shows. */
const asking = new WeakMap<object, number>();
const drawn = new WeakMap<Element, number>();
let count = 0;

/**
 * Answers may overtake one another. What was asked for before what is already shown knows less than the page does: it
 * is left out, and as what it did may still be missing, the page is asked for again.
 */
function isLate({ requestConfig, target }: SwapDetail): boolean {
  if (!requestConfig || !target.getAttribute("hx-trigger")?.includes("lc:refresh")) return false;
  const order = asking.get(requestConfig) ?? ++count;
  if (order > (drawn.get(target) ?? 0)) {
    drawn.set(target, order);
    return false;
  }
  if (requestConfig.verb !== "get") document.body.dispatchEvent(new CustomEvent("lc:refresh"));
  return true;
}

/** The events an answer asks for, on the body: from an element that is gone they would reach nobody. */
function announceOnBody(xhr: XMLHttpRequest, header: string): void {
  const text = xhr.getResponseHeader(header);
  if (!text) return;
  const events = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { [text]: null };
  for (const [name, value] of Object.entries(events)) {
    const detail = typeof value === "object" && value ? value : { value };
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

export function startHtmx(): void {
  Object.assign(window, { htmx });
  htmx.defineExtension("morph", {
    isInlineSwap: (style: string) => style === "morph" || style === "morph:outerHTML",
    handleSwap(style: string, target: Node, fragment: Node) {
      if (!style.startsWith("morph") || !(target instanceof Element)) return false;
      return fragment instanceof DocumentFragment ? morph(style, target, fragment.children) : false;
    },
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
    asking.set(detail, ++count);
    detail.headers["X-CSRFToken"] = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  });

  document.addEventListener("htmx:afterSwap", (event) => enliven([event.target as Node]));

  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<SwapDetail>).detail;
    asked = isOwnDoing(detail);
    if (detail.requestConfig?.elt?.isConnected === false) announceOnBody(detail.xhr, "HX-Trigger");
    const shows = detail.xhr.status < 400 || (detail.xhr.status === 422 && !sentenceIn(detail.xhr.responseText));
    if (detail.xhr.status < 400 && detail.shouldSwap && isLate(detail)) {
      detail.shouldSwap = false;
      announceOnBody(detail.xhr, "HX-Trigger-After-Settle");
      return;
    }
    if (shows && detail.xhr.status !== 204 && morphForWhatIsGone(detail)) {
      detail.shouldSwap = false;
      return;
    }
    if (detail.xhr.status < 400) return;
    const sentence = sentenceIn(detail.xhr.responseText);
    if (sentence && isOwnDoing(detail)) {
      toast(sentence, { urgent: true });
    } else if (sentence) {
      // A fragment that fetches itself says in its own place what is the matter.
      detail.shouldSwap = isFirstFetch(detail);
      detail.isError = false;
    } else if (detail.xhr.status === 422) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });

  // A choice made in a guarded field is the person's until its form is sent.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLElement && field.matches("[data-lc-guard]")) field.dataset["lcDirty"] = "true";
  });

  document.addEventListener("htmx:sendError", () => document.body.dispatchEvent(new CustomEvent("lc:unreachable")));
}

/** Post `values` and ignore the body of the answer; errors are told as any other. */
export function post(url: string, values: Record<string, string> = {}): Promise<void> {
  return htmx.ajax("post", url, { values, swap: "none", target: "body" });
}
