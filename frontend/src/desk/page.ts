/** What the desk's modules share: finding the exchange shown, asking htmx, talking to the person. */
import type htmxType from "htmx.org";

declare global {
  interface Window {
    htmx: typeof htmxType;
  }
}

/** The exchange shown, if any. */
export function shown(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".lc-exchange");
}

/** Fetch `url` into `target` (a selector). It also settles when a later wish replaced this one. */
export async function load(url: string, target: string): Promise<void> {
  // From the target itself: its hx-sync lets the last wish win over an answer still under way.
  try {
    await window.htmx.ajax("get", url, { source: target, target, swap: "innerHTML" });
  } catch {
    // Replaced or refused: what there is to say was said where errors are.
  }
}

/** POST a form's fields without swapping anything; the answer is the caller's to read. */
export function send(url: string, fields: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const headers = { "X-CSRFToken": token, "HX-Request": "true", Accept: "application/json" };
  const request: RequestInit = { method: "POST", body: new URLSearchParams(fields), headers };
  return fetch(url, signal ? { ...request, signal } : request);
}

/** Say something in the page's polite live region. */
export function announce(words: string): void {
  document.dispatchEvent(new CustomEvent("lc:announce", { detail: words }));
}

export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
