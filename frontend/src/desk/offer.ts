/** An offer: heard, read out, written in the tab's title, counted down; its customer's file is shown before the answer. */
import { open, showCustomer } from "./exchange";
import { announce, shown } from "./page";
import { ring } from "./sound";

const title = document.title;
let current = "";
let ticker = 0;

const banner = (): HTMLElement | null => document.querySelector<HTMLElement>("#offer [data-lc-offer]");

function stop(): void {
  clearInterval(ticker);
  document.title = title;
  if (current) showCustomer();
  current = "";
}

function tick(): void {
  const offer = banner();
  if (!offer) return stop();
  const left = Math.max(0, Math.round((Date.parse(offer.dataset["lcExpires"] ?? "") - Date.now()) / 1000));
  const words = offer.dataset["lcTitle"] ?? "";
  document.title = left % 2 && !matchMedia("(prefers-reduced-motion: reduce)").matches ? title : `● ${words}`;
  const bar = offer.querySelector("progress");
  if (bar) bar.value = left;
  if (left === 5) announce(offer.dataset["lcSoon"] ?? "");
}

function arrive(offer: HTMLElement): void {
  current = offer.dataset["lcOffer"] ?? "";
  ring();
  announce(offer.dataset["lcAnnounce"] ?? "");
  const contact = offer.dataset["lcContact"];
  const customer = offer.dataset["lcCustomer"];
  if (!shown() && contact) void open(contact, { focus: false });
  else if (customer) showCustomer(`/customers/${customer}/panel/?contact=${contact ?? ""}`);
  clearInterval(ticker);
  ticker = window.setInterval(tick, 1000);
  tick();
}

export function startOffer(): void {
  document.addEventListener("htmx:afterSettle", () => {
    const offer = banner();
    if (!offer) {
      if (current) stop();
    } else if (offer.dataset["lcOffer"] !== current) arrive(offer);
  });
}
