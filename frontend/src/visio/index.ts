/** The customer's page of a web call: it asks for the microphone, waits in line, talks, and shows a camera or a screen
 * when the customer agrees. A reload comes back into the same call. */
import { Peer, clock, drawn, microphone, picture, type Body, type Signal } from "../peer/peer";

interface News {
  public_id: string;
  state: "waiting" | "active" | "ended";
  ended_by: string;
  advisor: string;
  place: number | null;
  nobody_free: boolean;
  signals: Signal[];
  ice: RTCIceServer[];
}

const page = document.querySelector<HTMLElement>("[data-lc-call]")!;
const KEY = `lc:visio:${page.dataset["lcCall"]}`;
const ALIVE_MS = 8_000;
const SOON_MS = 2_500;

const part = <T extends HTMLElement>(name: string): T => page.querySelector<T>(`[data-lc-part="${name}"]`)!;
const words = (name: string): string => page.dataset[name] ?? "";

let token = "";
let id = "";
let after = 0;
let sound: MediaStream | null = null;
let peer: Peer | null = null;
let live: EventSource | null = null;
let timer = 0;
let state: "form" | News["state"] = "form";
let talkingSince = 0;
let asking: Promise<void> | null = null;
let again = false;

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const init: RequestInit = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`/call/api/${path}`, { ...init, cache: "no-store", credentials: "omit" });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw Object.assign(new Error(String(answer.message ?? response.status)), { status: response.status });
  return answer as T;
}

function show(next: typeof state): void {
  state = next;
  page.dataset["state"] = next;
  for (const box of page.querySelectorAll<HTMLElement>("[data-lc-when]")) box.hidden = !box.dataset["lcWhen"]!.split(" ").includes(next);
}

function tell(text: string): void {
  part("status").textContent = text;
}

/** A refusal of the browser or of the centre, beside what was typed. */
function refuse(text: string): void {
  const note = part("problem");
  note.textContent = text;
  note.hidden = !text;
}

const say = async (kind: string, body: Body): Promise<number> => (await ask<{ id: number }>(`${id}/say/`, { kind, body })).id;

function begin(session: string, ice: RTCIceServer[]): void {
  peer?.close();
  peer = new Peer(
    session,
    {
      say,
      hear: (stream) => {
        part<HTMLAudioElement>("sound").srcObject = stream;
      },
      see: (stream) => {
        part<HTMLVideoElement>("picture").srcObject = stream;
        part("picture").hidden = !stream;
      },
      state: (now) => {
        page.dataset["peer"] = now;
        if (now === "connected") {
          talkingSince ||= Date.now();
          tell(words("talking"));
        } else if (now === "disconnected" || now === "failed") tell(words("lost"));
      },
    },
    true,
    sound!,
    ice,
  );
}

async function take(signal: Signal, ice: RTCIceServer[]): Promise<void> {
  const { kind, body } = signal;
  if (kind === "description" && typeof body["session"] === "string" && body["session"] !== peer?.session) begin(body["session"], ice);
  if (kind === "ask") {
    page.dataset["asked"] = String(body["what"]);
    part("question").hidden = false;
    part("question-text").textContent = words(body["what"] === "screen" ? "askScreen" : "askCamera");
    part("question").querySelector("button")?.focus();
  } else await peer?.take(signal);
}

async function hear(news: News): Promise<void> {
  if (news.state === "ended") return over(news.ended_by);
  if (news.state === "active" && state !== "active") {
    show("active");
    part("advisor").textContent = news.advisor;
    tell(words("joining"));
  } else if (news.state === "waiting") {
    if (state === "active") {
      peer?.close();
      peer = null;
      talkingSince = 0;
    }
    show("waiting");
    tell(news.nobody_free ? words("nobody") : news.place ? words("place").replace("{place}", String(news.place)) : words("waiting"));
  }
  for (const signal of news.signals) {
    if (signal.id <= after) continue;
    after = signal.id;
    await take(signal, news.ice);
  }
}

/** One question at a time; what is pushed meanwhile is asked for right after. */
function look(): Promise<void> {
  if (asking) {
    again = true;
    return asking;
  }
  asking = (async () => {
    do {
      again = false;
      try {
        await hear(await ask<News>(`${id}/?after=${after}`));
        refuse("");
      } catch (problem) {
        if ((problem as { status?: number }).status === 404) return over("gone");
        refuse(words("offline"));
      }
    } while (again);
  })().finally(() => {
    asking = null;
    clearTimeout(timer);
    const pushed = live?.readyState === EventSource.OPEN;
    if (state === "waiting" || state === "active") timer = window.setTimeout(() => void look(), pushed ? ALIVE_MS : SOON_MS);
  });
  return asking;
}

function follow(): void {
  live?.close();
  live = new EventSource(`/live/visio/${id}?token=${token}`);
  for (const name of ["open", "signal", "state", "resync"]) live.addEventListener(name, () => void look());
}

function over(by: string): void {
  sessionStorage.removeItem(KEY);
  live?.close();
  clearTimeout(timer);
  peer?.close();
  peer = null;
  for (const track of sound?.getTracks() ?? []) track.stop();
  sound = null;
  show("ended");
  refuse("");
  tell(words(by === "advisor" ? "endedAdvisor" : "endedCustomer"));
}

async function call(form: HTMLFormElement): Promise<void> {
  refuse("");
  try {
    sound = await microphone();
  } catch {
    return refuse(words("noMicrophone"));
  }
  token = drawn();
  const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
  try {
    const news = await ask<News>("start/", { ...fields, token, queue: page.dataset["lcCall"], language: document.documentElement.lang });
    id = news.public_id;
    sessionStorage.setItem(KEY, JSON.stringify({ id, token }));
    follow();
    await hear(news);
    void look();
  } catch (problem) {
    for (const track of sound.getTracks()) track.stop();
    refuse((problem as Error).message || words("offline"));
  }
}

/** After a reload: the same call, when it is still there. */
async function comeBack(): Promise<void> {
  const kept = sessionStorage.getItem(KEY);
  if (!kept) return show("form");
  ({ id, token } = JSON.parse(kept) as { id: string; token: string });
  try {
    const news = await ask<News>(`${id}/`);
    if (news.state === "ended") return over(news.ended_by);
    sound = await microphone();
    if (news.state === "active") after = await say("hello", {});
    else after = news.signals.at(-1)?.id ?? 0;
    follow();
    await hear({ ...news, signals: [] });
    void look();
  } catch {
    sessionStorage.removeItem(KEY);
    show("form");
  }
}

async function showPicture(what: string): Promise<void> {
  try {
    const stream = await picture(what);
    peer?.show(stream);
    part("own-picture").hidden = false;
    part<HTMLVideoElement>("own-video").srcObject = stream;
    stream.getVideoTracks()[0]!.onended = stopPicture;
    await say("answer", { what, agreed: true });
  } catch {
    await say("answer", { what, agreed: false }).catch(() => undefined);
    refuse(words("noPicture"));
  }
}

function stopPicture(): void {
  peer?.show(null);
  part("own-picture").hidden = true;
  part<HTMLVideoElement>("own-video").srcObject = null;
}

function press(act: string, button: HTMLElement): void {
  if (act === "hang-up") void ask(`${id}/hang-up/`, {}).then(() => over("customer"), () => refuse(words("offline")));
  else if (act === "mute") {
    const off = button.getAttribute("aria-pressed") !== "true";
    for (const track of sound?.getAudioTracks() ?? []) track.enabled = !off;
    button.setAttribute("aria-pressed", String(off));
    void say("muted", { muted: off }).catch(() => undefined);
  } else if (act === "camera" || act === "screen") void showPicture(act);
  else if (act === "stop-picture") stopPicture();
  else if (act === "agree" || act === "refuse") {
    const what = page.dataset["asked"] ?? "camera";
    part("question").hidden = true;
    if (act === "agree") void showPicture(what);
    else void say("answer", { what, agreed: false }).catch(() => undefined);
  } else if (act === "again") show("form");
}

page.addEventListener("submit", (event) => {
  event.preventDefault();
  void call(event.target as HTMLFormElement);
});
page.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-lc-act]");
  if (button) press(button.dataset["lcAct"]!, button);
});
addEventListener("pagehide", () => {
  if (id && (state === "waiting" || state === "active")) navigator.sendBeacon(`/call/api/${id}/gone/`, JSON.stringify({ token }));
});
setInterval(() => {
  part("timer").textContent = talkingSince ? clock(talkingSince) : "";
}, 1000);
void comeBack();
