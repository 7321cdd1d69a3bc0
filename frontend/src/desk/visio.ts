/** The advisor's side of a web call: it begins when the exchange is in the advisor's hands and is shown. */
import { Peer, clock, drawn, microphone, picture, type Body, type Signal } from "../peer/peer";
import { send } from "./page";

interface Talk {
  contact: string;
  after: number;
  peer: Peer | null;
  sound: MediaStream;
  ice: RTCIceServer[];
  since: number;
}

const sound = new Audio();
sound.autoplay = true;
sound.id = "visio-sound";
let talk: Talk | null = null;
let starting = "";

const panel = (contact = talk?.contact): HTMLElement | null =>
  contact ? document.querySelector<HTMLElement>(`[data-lc-visio="${CSS.escape(contact)}"]`) : null;
const part = <T extends HTMLElement>(name: string): T | null => panel()?.querySelector<T>(`[data-lc-part="${name}"]`) ?? null;

function tell(words: string, tone = "info"): void {
  const place = part("state");
  if (!place) return;
  place.textContent = panel()?.dataset[words] ?? words;
  place.dataset["tone"] = tone;
}

async function say(kind: string, body: Body): Promise<number> {
  const response = await send(`/call/desk/${talk!.contact}/signals/`, { kind, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(String(response.status));
  return ((await response.json()) as { id: number }).id;
}

/** A new connection; the customer's page follows, whatever it had. */
function begin(): void {
  const now = talk!;
  now.peer?.close();
  now.peer = new Peer(
    drawn().slice(0, 16),
    {
      say,
      hear: (stream) => {
        sound.srcObject = stream;
      },
      see: (stream) => {
        const video = part<HTMLVideoElement>("picture");
        if (!video) return;
        video.srcObject = stream;
        video.hidden = !stream;
        if (stream) tell("seen", "ok");
      },
      state: (state) => {
        const box = panel();
        if (box) box.dataset["peer"] = state;
        if (state === "connected") {
          now.since ||= Date.now();
          tell("talking", "ok");
          void send(`/call/desk/${now.contact}/joined/`, {});
        } else if (state === "disconnected" || state === "failed") tell("lost", "warn");
      },
    },
    false,
    now.sound,
    now.ice,
  );
}

async function start(box: HTMLElement): Promise<void> {
  const contact = box.dataset["lcVisio"]!;
  if (talk?.contact === contact || starting === contact) return;
  starting = contact;
  try {
    stop();
    const stream = await microphone();
    const ice = JSON.parse(box.dataset["ice"] || "[]") as RTCIceServer[];
    talk = { contact, after: Number(box.dataset["after"] ?? 0), peer: null, sound: stream, ice, since: 0 };
    tell("joining");
    begin();
  } catch {
    const place = box.querySelector<HTMLElement>('[data-lc-part="state"]');
    if (place) {
      place.textContent = box.dataset["refused"] ?? "";
      place.dataset["tone"] = "bad";
    }
  } finally {
    starting = "";
  }
}

function stop(): void {
  talk?.peer?.close();
  for (const track of talk?.sound.getTracks() ?? []) track.stop();
  sound.srcObject = null;
  talk = null;
}

/** The call is over, or somebody else has it: the panel says which. */
function over(): void {
  const box = panel();
  stop();
  if (box) void window.htmx.ajax("get", box.dataset["url"]!, { source: box, target: box, swap: "outerHTML" });
}

async function take(signal: Signal): Promise<void> {
  const { kind, body } = signal;
  if (kind === "hello") begin();
  else if (kind === "answer") tell(body["agreed"] ? "agreed" : "declined", body["agreed"] ? "ok" : "warn");
  else if (kind === "muted") tell(body["muted"] ? "muted" : "talking", body["muted"] ? "warn" : "ok");
  else await talk?.peer?.take(signal);
}

let looking: Promise<void> | null = null;
let again = false;

/** What the customer's browser said since; one question at a time. */
function look(): void {
  if (looking) {
    again = true;
    return;
  }
  looking = (async () => {
    do {
      again = false;
      const now = talk;
      if (!now) return;
      const response = await fetch(`/call/desk/${now.contact}/signals/?after=${now.after}`, { headers: { Accept: "application/json" } });
      if (response.status === 404) return over();
      if (!response.ok) return;
      const news = (await response.json()) as { state: string; signals: Signal[] };
      for (const signal of news.signals) {
        if (signal.id <= now.after) continue;
        now.after = signal.id;
        await take(signal);
      }
      if (news.state !== "active") return over();
    } while (again);
  })().finally(() => {
    looking = null;
  });
}

async function press(act: string, button: HTMLElement): Promise<void> {
  if (!talk) return;
  if (act === "mute") {
    const off = button.getAttribute("aria-pressed") !== "true";
    for (const track of talk.sound.getAudioTracks()) track.enabled = !off;
    button.setAttribute("aria-pressed", String(off));
  } else if (act === "ask-camera" || act === "ask-screen") {
    await say("ask", { what: act.slice(4) });
    tell("asked");
  } else if (act === "share") {
    const sharing = button.getAttribute("aria-pressed") === "true";
    const stream = sharing ? null : await picture("screen").catch(() => null);
    talk.peer?.show(stream);
    button.setAttribute("aria-pressed", String(!!stream));
    if (stream) await say("answer", { what: "screen", agreed: true });
  }
}

/** The panel of the exchange that is shown, when it is ours to take part in. */
function find(): void {
  const box = document.querySelector<HTMLElement>("[data-lc-visio][data-mine='1']");
  if (box && box.dataset["state"] === "active") void start(box);
  if (talk) {
    const name = `sse:visio-${talk.contact}`;
    document.body.removeEventListener(name, look);
    document.body.addEventListener(name, look);
  }
}

export function startVisio(): void {
  document.body.append(sound);
  document.addEventListener("htmx:afterSettle", find);
  document.body.addEventListener("sse:resync", look);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-lc-visio-act]");
    if (button) void press(button.dataset["lcVisioAct"]!, button).catch(() => tell("lost", "warn"));
  });
  setInterval(() => {
    const place = part("timer");
    if (place && talk?.since) place.textContent = clock(talk.since);
  }, 1000);
  setInterval(look, 15_000);
}
