/** Who is writing in a chat: told to the customer's side while typing here, shown here for a few seconds when told. */
import { send, shown } from "./page";

const TELL_EVERY_MS = 3000;
const SHOW_FOR_MS = 5000;

let told = 0;
let timer = 0;

function tell(event: Event): void {
  const article = shown();
  const area = event.target;
  if (!(area instanceof HTMLTextAreaElement) || area.id !== "reply-text" || article?.dataset["channel"] !== "chat") return;
  if (!area.value || Date.now() - told < TELL_EVERY_MS) return;
  told = Date.now();
  void send(`/chat/desk/${article.dataset["contact"] ?? ""}/typing`, {}).catch(() => undefined);
}

function show(event: Event): void {
  const data = (event as CustomEvent<{ contact_id?: number; contact?: number } | null>).detail;
  const line = document.getElementById("typing");
  if (!line || String(data?.contact_id ?? data?.contact) !== shown()?.dataset["contact"]) return;
  line.hidden = false;
  clearTimeout(timer);
  timer = window.setTimeout(() => (line.hidden = true), SHOW_FOR_MS);
}

export function startTyping(): void {
  document.addEventListener("input", tell);
  document.body.addEventListener("sse:typing", show);
}
