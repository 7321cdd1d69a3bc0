/**
 * The softphone: the advisor's browser registered at the exchange through our own origin. It lifts the receiver when
 * the exchange of that call is in the advisor's hands; everything else (hold, transfer, …) is asked of the centre, which
 * does it on the line. A page that is reloaded registers again, says so, and is called anew.
 */
import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip/lib/UA";
import { devices, remember } from "./devices";
import { watchQuality } from "./quality";

interface Credentials {
  off?: boolean;
  name: string;
  secret: string;
  path: string;
  ice: RTCIceServer[];
}

type State = "off" | "connecting" | "ready" | "ringing" | "talking" | "refused" | "lost" | "elsewhere";

/** A registration that was refused is tried again: an exchange that just started does not know us yet. */
const AGAIN_MS = 1500;

const panel = (): HTMLElement | null => document.querySelector<HTMLElement>("#softphone");
const sound = new Audio();
sound.autoplay = true;

let session: RTCSession | null = null;
let lifted: RTCSession | null = null;
let contact = "";
let credentials: Credentials;
let agent: UA;

function show(state: State): void {
  const element = panel();
  if (!element) return;
  element.dataset["state"] = state;
  element.hidden = state === "off";
  const words = element.querySelector<HTMLElement>("[data-lc-softphone-state]");
  if (words) words.textContent = element.dataset[state] ?? "";
  for (const button of element.querySelectorAll<HTMLButtonElement>("[data-lc-softphone]")) {
    const does = button.dataset["lcSoftphone"] ?? "";
    const rings = does === "answer" || does === "decline";
    button.hidden = rings && state !== "ringing";
    button.disabled = does !== "devices" && !rings && state !== "talking";
  }
}

/** Whether the page shows that this contact's call is in the advisor's hands. */
const taken = (): boolean => !!contact && !!document.querySelector(`[data-voice-answer="${CSS.escape(contact)}"]`);

async function lift(): Promise<void> {
  const one = session;
  if (!one || one === lifted || one.isEnded()) return;
  lifted = one;
  try {
    const { microphone } = await devices();
    if (one.isEnded()) return;
    one.answer({
      mediaConstraints: { audio: microphone ? { deviceId: { exact: microphone } } : true, video: false },
      pcConfig: { iceServers: credentials.ice },
    });
  } catch {
    show("refused");
    one.terminate({ status_code: 480 });
  }
}

function ring(incoming: RTCSession, header: string): void {
  if (session && !session.isEnded()) session.terminate();
  session = incoming;
  contact = header;
  show("ringing");
  incoming.on("accepted", () => show("talking"));
  incoming.on("getusermediafailed", () => show("refused"));
  const over = (): void => {
    if (session !== incoming) return;
    session = null;
    show(agent.isRegistered() ? "ready" : "lost");
  };
  incoming.on("ended", over);
  incoming.on("failed", over);
  incoming.on("peerconnection", ({ peerconnection }) => {
    peerconnection.addEventListener("track", (event) => {
      sound.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void devices().then(async ({ speaker }) => {
        if (speaker && "setSinkId" in sound) await sound.setSinkId(speaker);
      });
    });
    watchQuality(peerconnection, panel());
  });
  // Somebody was called because they have it already (a consultation, a page that came back): no offer will say so.
  if (!header || taken()) void lift();
}

function register(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(`${scheme}://${location.host}${credentials.path}`)],
    uri: `sip:${credentials.name}@${location.hostname === "localhost" ? "127.0.0.1" : location.hostname}`,
    password: credentials.secret,
    register: true,
    register_expires: 120,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 10,
    user_agent: "Ligne Claire",
  });
  agent.on("registered", () => {
    if (!session) show("ready");
    void post("/voice/ready/");
  });
  agent.on("disconnected", () => show(session ? "talking" : "lost"));
  agent.on("registrationFailed", () => {
    show("lost");
    setTimeout(() => agent.isConnected() && agent.register(), AGAIN_MS);
  });
  agent.on("newRTCSession", (event: { originator: string; session: RTCSession; request: { getHeader(name: string): string | undefined } }) => {
    if (event.originator === "remote") ring(event.session, event.request.getHeader("X-Ligne-Contact") ?? "");
  });
  agent.start();
}

function post(url: string, fields: Record<string, string> = {}): Promise<Response> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  return fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams(fields) });
}

function press(button: HTMLElement): void {
  switch (button.dataset["lcSoftphone"]) {
    case "answer":
      void lift();
      break;
    case "decline":
      session?.terminate({ status_code: 486 });
      break;
    case "mute": {
      if (!session) return;
      const muted = session.isMuted().audio ?? false;
      if (muted) session.unmute({ audio: true });
      else session.mute({ audio: true });
      button.setAttribute("aria-pressed", String(!muted));
      break;
    }
    case "key":
      session?.sendDTMF(button.dataset["lcKey"] ?? "", { transportType: "RFC2833" as never });
      break;
    case "devices":
      void remember(panel());
      break;
  }
}

/** One tab of the browser has the telephone; when it is closed the next one takes it. */
function begin(): void {
  if (!panel() || window.lcSoftphone) return;
  window.lcSoftphone = true;
  document.addEventListener("htmx:afterSettle", () => taken() && void lift());
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-lc-softphone]");
    if (button) press(button);
  });
  show("elsewhere");
  void navigator.locks.request("lc:softphone", () => start().catch(() => show("lost")));
}

/** Register, and hold the lock for as long as the page lives. */
async function start(): Promise<void> {
  show("connecting");
  const answer = await fetch("/voice/softphone/", { headers: { Accept: "application/json" } });
  credentials = (await answer.json()) as Credentials;
  if (credentials.off) return show("off");
  register();
  await new Promise(() => undefined);
}

declare global {
  interface Window {
    lcSoftphone?: boolean;
  }
}

begin();
