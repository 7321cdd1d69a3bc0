/**
 * The live line: one stream of server-sent events for the page. Each event `name` becomes a DOM event `sse:name` on the
 * body, which fragments wait for (`hx-trigger="sse:work from:body"`). Read with fetch rather than EventSource, whose
 * listeners need every name in advance and which cannot tell silence from a healthy line.
 */
import { announce } from "./say";

/** The server says something at least every 15 seconds; after three silent turns the line is dead. */
const SILENCE_MS = 45_000;
const SHOW_AFTER_MS = 1_500;

/** What the server says to wait before coming back, so that not everybody does at once. */
let retryMs = 400;
let lastId = "";
let failures = 0;
let lost = false;

interface Line {
  event: string;
  data: string;
}

function deliver({ event, data }: Line): void {
  let detail: unknown = null;
  try {
    detail = data ? JSON.parse(data) : null;
  } catch {
    detail = data;
  }
  if (event === "resync") setTimeout(refetchAll, Math.random() * ((detail as { within_ms?: number } | null)?.within_ms ?? 0));
  else document.body.dispatchEvent(new CustomEvent(`sse:${event}`, { detail }));
}

/** Every fragment that follows something asks for itself again: the server could not say what was missed. */
function refetchAll(): void {
  const names = new Set<string>(["resync"]);
  for (const element of document.querySelectorAll("[hx-trigger*='sse:']")) {
    for (const [, name] of (element.getAttribute("hx-trigger") ?? "").matchAll(/sse:([\w-]+)/g)) if (name) names.add(name);
  }
  for (const name of names) document.body.dispatchEvent(new CustomEvent(`sse:${name}`, { detail: null }));
}

function parse(block: string): Line | null {
  const line: Line = { event: "message", data: "" };
  for (const row of block.split("\n")) {
    const colon = row.indexOf(":");
    const field = colon < 0 ? row : row.slice(0, colon);
    const value = colon < 0 ? "" : row.slice(colon + 1).replace(/^ /, "");
    if (field === "event") line.event = value;
    else if (field === "data") line.data += line.data ? `\n${value}` : value;
    else if (field === "id") lastId = value;
    else if (field === "retry" && /^\d+$/.test(value)) retryMs = Number(value);
  }
  return line.data || line.event !== "message" ? line : null;
}

function status(state: "on" | "lost" | "signed-out"): void {
  const note = document.querySelector<HTMLElement>("#connection > p");
  if (!note) return;
  document.body.dataset["line"] = state;
  if (state === "on") {
    if (lost) announce(note.dataset["back"] ?? "");
    note.hidden = true;
  } else {
    note.textContent = (state === "lost" ? note.dataset["lost"] : note.dataset["signedOut"]) ?? "";
    note.hidden = false;
  }
  lost = state !== "on";
}

/** Whether what came with it says as much: the same again later, or an offer, which changes the work list too. */
function isTold({ event, data }: Line, later: Line[]): boolean {
  return later.some((other) => (other.event === event && other.data === data) || (event === "work" && other.event === "offer"));
}

async function read(body: ReadableStream<Uint8Array<ArrayBuffer>>, alive: () => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value.replaceAll("\r", "")).split("\n\n");
    rest = blocks.pop() ?? "";
    const lines = blocks.map(parse).filter((line) => line !== null);
    lines.filter((line, at) => !isTold(line, lines.slice(at + 1))).forEach(deliver);
  }
}

/** One connection, until it ends. Returns false when trying again is useless (signed out). */
async function connect(url: string): Promise<boolean> {
  const stop = new AbortController();
  let watchdog = 0;
  const alive = (): void => {
    clearTimeout(watchdog);
    watchdog = window.setTimeout(() => stop.abort(), SILENCE_MS);
  };
  alive();
  addEventListener("offline", () => stop.abort(), { once: true, signal: stop.signal });
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId) headers["Last-Event-ID"] = lastId;
  try {
    const answer = await fetch(url, { headers, signal: stop.signal, cache: "no-store" });
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return false;
    if (!answer.ok || !answer.body) throw new Error(`live: ${answer.status}`);
    const missed = failures > 0 && !lastId;
    failures = 0;
    status("on");
    if (missed) refetchAll();
    await read(answer.body, alive);
  } finally {
    clearTimeout(watchdog);
    stop.abort();
  }
  return true;
}

function pause(): Promise<void> {
  const ms = Math.min(15_000, retryMs * 1.7 ** Math.min(failures - 1, 6)) * (0.7 + Math.random() * 0.6);
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", () => (clearTimeout(timer), done()), { once: true });
  });
}

async function run(url: string): Promise<void> {
  for (;;) {
    try {
      if (!(await connect(url))) return status("signed-out");
    } catch {
      // Told below: an ended line and a failed one are the same to the person.
    }
    failures += 1;
    const tell = setTimeout(() => failures && status("lost"), SHOW_AFTER_MS);
    await pause();
    if (!failures) clearTimeout(tell);
  }
}

export function startLive(): void {
  const url = document.body.dataset["live"];
  if (url && document.body.dataset["user"]) void run(url);
}
