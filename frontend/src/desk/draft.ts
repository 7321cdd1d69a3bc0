/**
 * The reply being typed is kept on the server at each pause of the fingers, and in this tab meanwhile. The server's copy
 * has a version: a page that is late is told, and nothing is overwritten on either side.
 */
import { send, shown } from "./page";

const PAUSE_MS = 600;
const AGAIN_MS = 3000;

interface Kept {
  text: string;
  version: number;
}

/** What this page last agreed on with the server. */
let base: Kept = { text: "", version: 0 };
let contact = "";
let timer = 0;
let saving = false;
/** The text being sent, until it is answered whether it left. */
let leaving: string | null = null;

const field = (): HTMLTextAreaElement | null => document.querySelector("#reply-text");
const dirty = (area: HTMLTextAreaElement): boolean => area.value !== base.text;
const store = (): string => `lc-draft-${contact}`;

function say(state: "saved" | "saving" | "failed" | ""): void {
  const box = document.getElementById("draft-state");
  if (!box) return;
  box.dataset["state"] = state;
  box.textContent = state ? (box.dataset[state] ?? "") : "";
}

function remember(area: HTMLTextAreaElement): void {
  try {
    if (dirty(area)) sessionStorage.setItem(store(), JSON.stringify({ text: area.value, version: base.version }));
    else sessionStorage.removeItem(store());
  } catch {
    // A full or forbidden store only loses the second copy.
  }
}

async function save(): Promise<void> {
  const area = field();
  if (!area || saving || leaving !== null || !dirty(area) || !conflictBox()?.hidden) return;
  const url = area.dataset["lcDraft"] ?? "";
  const text = area.value;
  saving = true;
  say("saving");
  try {
    const answer = await send(url, { text, version: String(base.version) });
    if (url !== field()?.dataset["lcDraft"]) return;
    if (answer.ok) {
      const { version } = (await answer.json()) as { version: number };
      if (version < base.version) return; // it was sent meanwhile, and this answer is late
      base = { text, version };
      say("saved");
    } else if (answer.status === 409) {
      conflict((await answer.json()) as Kept);
    } else throw new Error(String(answer.status));
  } catch {
    say("failed");
    timer = window.setTimeout(() => void save(), AGAIN_MS);
  } finally {
    saving = false;
    const now = field();
    if (now) {
      remember(now);
      if (dirty(now) && !timer && leaving === null) timer = window.setTimeout(() => void save(), PAUSE_MS);
    }
  }
}

function conflictBox(): HTMLElement | null {
  return document.getElementById("draft-conflict");
}

function conflict(theirs: Kept): void {
  const box = conflictBox();
  const area = field();
  if (!box || !area) return;
  if (theirs.text === area.value || !theirs.text.trim()) {
    base = { text: theirs.text, version: theirs.version };
    if (dirty(area)) void save();
    return;
  }
  box.dataset["version"] = String(theirs.version);
  const quote = box.querySelector(".lc-conflict-text");
  if (quote) quote.textContent = theirs.text;
  box.hidden = false;
  say("");
}

function settle(choice: string): void {
  const box = conflictBox();
  const area = field();
  if (!box || !area) return;
  const theirs = { text: box.querySelector(".lc-conflict-text")?.textContent ?? "", version: Number(box.dataset["version"]) };
  box.hidden = true;
  base = theirs;
  if (choice === "theirs") area.value = theirs.text;
  remember(area);
  area.focus();
  void save();
}

function serverDraft(): Kept | null {
  const data = document.getElementById("server-draft")?.textContent;
  return data ? (JSON.parse(data) as Kept) : null;
}

/** The exchange was drawn: take the server's text unless something unsaved stands here. */
function meet(): void {
  const area = field();
  const server = serverDraft();
  const id = shown()?.dataset["contact"] ?? "";
  if (!area || !server) {
    contact = "";
    return;
  }
  if (id !== contact) {
    contact = id;
    leaving = null;
    base = server;
    area.value = server.text;
    recall(area, server);
  } else if (server.version > base.version && leaving === null) {
    if (!dirty(area)) {
      area.value = server.text;
      base = server;
      say("");
    } else if (!saving) conflict(server);
  }
}

/** Text of this tab that the server never got, from before a reload. */
function recall(area: HTMLTextAreaElement, server: Kept): void {
  const stored = sessionStorage.getItem(store());
  if (!stored) return;
  const mine = JSON.parse(stored) as Kept;
  if (mine.text === server.text) return;
  area.value = mine.text;
  if (mine.version === server.version) void save();
  else conflict(server);
}

/** What was sent has left the field; what was typed while it left stays, and what came of it since is met. */
function letGo(sent: string): void {
  const area = field();
  if (!area) return;
  clearTimeout(timer);
  timer = 0;
  base = { text: "", version: base.version };
  if (area.value.startsWith(sent)) area.value = area.value.slice(sent.length).trimStart();
  remember(area);
  say("");
  meet();
  if (dirty(area)) void save();
}

export function startDraft(): void {
  document.addEventListener("input", (event) => {
    const area = field();
    if (!area || event.target !== area) return;
    clearTimeout(timer);
    remember(area);
    timer = window.setTimeout(() => {
      timer = 0;
      void save();
    }, PAUSE_MS);
  });
  document.addEventListener("click", (event) => {
    const choice = (event.target as Element).closest<HTMLElement>("[data-lc-conflict]");
    if (choice) settle(choice.dataset["lcConflict"] ?? "mine");
  });
  document.addEventListener("htmx:afterSettle", meet);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if ((event as CustomEvent<{ elt: Element }>).detail.elt.id === "reply-form") leaving = field()?.value ?? "";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const detail = (event as CustomEvent<{ successful: boolean; elt: Element }>).detail;
    const sent = leaving;
    if (detail.elt.id === "reply-form") leaving = null;
    if (sent !== null && leaving === null) {
      if (detail.successful) letGo(sent);
      else void save();
    }
    if (!detail.successful) return;
    const note = document.querySelector<HTMLTextAreaElement>("#note-text");
    if (detail.elt.id !== "note-form" || !note) return;
    note.value = "";
    note.dispatchEvent(new Event("input", { bubbles: true }));
  });
  addEventListener("online", () => void save());
  addEventListener("pagehide", () => {
    const area = field();
    if (area) remember(area);
  });
  meet();
}
