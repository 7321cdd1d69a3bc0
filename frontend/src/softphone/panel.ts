/** The telephone in the bar, drawn from where its lines stand. */
import { type Line, first, second } from "./lines";

export type State = "off" | "connecting" | "ready" | "ringing" | "lifting" | "talking" | "lost" | "elsewhere";

export const panel = (): HTMLElement | null => document.querySelector<HTMLElement>("#softphone");

/** Draw the state of the telephone, its buttons, and the second line. */
export function show(state: State): void {
  const element = panel();
  if (!element) return;
  element.dataset["state"] = state;
  element.hidden = state === "off";
  const words = element.querySelector<HTMLElement>("[data-lc-softphone-state]");
  const now = first();
  const said = now?.aside && state === "talking" ? "waiting" : state;
  if (words) words.textContent = element.dataset[said] ?? "";
  for (const button of element.querySelectorAll<HTMLButtonElement>(".lc-softphone-line [data-lc-softphone]")) {
    const does = button.dataset["lcSoftphone"] ?? "";
    const rings = does === "answer" || does === "decline";
    button.hidden = rings && state !== "ringing";
    button.disabled = does !== "devices" && !rings && state !== "talking";
  }
  const quality = element.querySelector("[data-lc-quality]");
  if (quality && state !== "talking") quality.textContent = "";
  const mute = element.querySelector("[data-lc-softphone=mute]");
  mute?.setAttribute("aria-pressed", String(state === "talking" && !now?.aside && (now?.session.isMuted().audio ?? false)));
  showSecond(element, now, second());
}

function showSecond(element: HTMLElement, now: Line | null, other: Line | null): void {
  const box = element.querySelector<HTMLElement>("[data-lc-second]");
  if (!box) return;
  const alone = !other && now?.aside;
  box.hidden = !other && !alone;
  const kind = alone ? "back" : other?.state === "talking" ? "waits" : "rings";
  const words = box.querySelector<HTMLElement>("[data-lc-second-state]");
  const said = other || alone ? (kind === "rings" && other?.role === "third" ? box.dataset["consults"] : box.dataset[kind]) ?? "" : "";
  if (words && words.textContent !== said) words.textContent = said;
  for (const button of box.querySelectorAll<HTMLButtonElement>("[data-lc-softphone]")) {
    button.hidden = !(button.dataset["when"] ?? "").split(" ").includes(kind);
  }
}

/** Say what is the matter with the microphone until it is understood; "" says nothing any more. */
export function trouble(why: string): void {
  const place = panel()?.querySelector<HTMLElement>("[data-lc-trouble]");
  const words = place?.querySelector("span");
  if (!place || !words) return;
  place.hidden = !why;
  words.textContent = why ? (place.dataset[why] ?? "") : "";
}
