/**
 * The softphone: the advisor's browser registered at each exchange through our own origin. It lifts the receiver when
 * the exchange of that call is in the advisor's hands; everything else (hold, transfer, …) is asked of the centre, which
 * does it on the line. A page that is reloaded registers again, says so, and is called anew.
 */
import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip/lib/UA";
import { act, ready } from "./centre";
import { toggle, tone, tryMicrophone } from "./devices";
import { arrive, change, first, lift, type Line, mute, second, shown, watchLines } from "./lines";
import type { Failed } from "./microphone";
import { panel, show, trouble } from "./panel";

interface Credentials {
  off?: boolean;
  name: string;
  secret: string;
  /** Where each exchange is reached on our origin, by its name: calls come from any of them. */
  exchanges: Record<string, string>;
  ice: RTCIceServer[];
}

/** A registration that was refused is tried again: an exchange that just started does not know us yet. */
const AGAIN_MS = 1500;
/** A call whose microphone went may wait for another one so long; then somebody else takes it. */
const WITHOUT_MICROPHONE_MS = 30_000;
const RINGS_EVERY_MS = 3000;

let credentials: Credentials;
const agents: UA[] = [];

/** Draw the telephone as it stands. */
function draw(): void {
  const line = first();
  if (line) show(line.state);
  else show(agents.some((agent) => agent.isRegistered()) ? "ready" : "lost");
}

/** Whether the page shows that this contact's call is in the advisor's hands. */
const taken = (contact: string): boolean => !!contact && !!document.querySelector(`[data-voice-answer="${CSS.escape(contact)}"]`);

/** No microphone: the call is not left in silence. Who waits for us goes back to the line, and it is said why. */
function failed(line: Line, why: Failed): void {
  trouble(why.why);
  if (line.contact) void act(line.contact, "give_back"); // refused, and nothing done, where the call is not ours
}

/** The microphone went in the middle of a call: another one goes on, else the customer hears music meanwhile. */
async function silent(line: Line): Promise<void> {
  if (await line.microphone?.again()) return trouble("changed");
  trouble("unplugged");
  line.aside = line.contact && (await act(line.contact, "hold")) ? "centre" : "here";
  line.seenHeld = false;
  draw();
  const until = Date.now() + WITHOUT_MICROPHONE_MS;
  while (!line.session.isEnded() && Date.now() < until) {
    await new Promise((resolve) => {
      navigator.mediaDevices.addEventListener("devicechange", resolve, { once: true });
      setTimeout(resolve, 1000);
    });
    if (line.session.isEnded()) return trouble("");
    if (await line.microphone?.again()) return trouble("back");
  }
  if (!line.session.isEnded() && line.contact) {
    trouble("given");
    await act(line.contact, "give_back");
  }
}

function called(session: RTCSession, header: (name: string) => string): void {
  const line = arrive(session, header("X-Ligne-Contact"), header("X-Ligne-Role"));
  // Somebody was called because they have it already (a call that they make, a page that came back): no offer says so.
  if (header("X-Ligne-Lift") || taken(line.contact)) return void lift(line);
  // An offer is rung by the desk; a colleague who consults has no offer.
  if (line.role === "third") void ring(line);
}

async function ring(line: Line): Promise<void> {
  const wanted = (): boolean => document.querySelector("[data-lc-sound]")?.getAttribute("aria-pressed") !== "false";
  while (line.state === "ringing" && !line.session.isEnded()) {
    if (wanted()) await tone("ringer");
    await new Promise((resolve) => setTimeout(resolve, RINGS_EVERY_MS));
  }
}

function register(exchange: string, path: string): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(`${scheme}://${location.host}${path}`)],
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
    draw();
    void ready(exchange);
  });
  agent.on("disconnected", draw);
  agent.on("registrationFailed", () => {
    draw();
    setTimeout(() => agent.isConnected() && agent.register(), AGAIN_MS);
  });
  agent.on("newRTCSession", (event: { originator: string; session: RTCSession; request: { getHeader(name: string): string | undefined } }) => {
    if (event.originator === "remote") called(event.session, (name) => event.request.getHeader(name) ?? "");
  });
  agents.push(agent);
  agent.start();
}

/** The network came back, or is another one: what was open over the former is not waited for. */
function reconnect(): void {
  for (const agent of agents) {
    const wire = (agent as unknown as { transport?: { disconnect(): void; connect(): void } }).transport;
    wire?.disconnect();
    wire?.connect();
  }
}

function press(button: HTMLElement): void {
  const [one, other] = [first(), second()];
  switch (button.dataset["lcSoftphone"]) {
    case "answer":
      if (one) void lift(one);
      break;
    case "decline":
      one?.session.terminate({ status_code: 486 });
      break;
    case "end":
      one?.session.terminate();
      break;
    case "answer-second":
      if (other) void lift(other);
      break;
    case "decline-second":
      other?.session.terminate({ status_code: 486 });
      break;
    case "end-second":
      other?.session.terminate();
      break;
    case "switch":
      void change();
      break;
    case "mute":
      button.setAttribute("aria-pressed", String(mute()));
      break;
    case "key":
      one?.session.sendDTMF(button.dataset["lcKey"] ?? "", { transportType: "RFC2833" as never });
      break;
    case "devices":
      void toggle(panel()).then((why) => trouble(why?.why ?? ""));
      break;
    case "try":
      void tryMicrophone(panel());
      break;
    case "tone":
      void tone("speaker");
      break;
    case "ring":
      void tone("ringer");
      break;
    case "understood":
      trouble("");
      break;
  }
}

/** One tab of the browser has the telephone; when it is closed the next one takes it. */
function begin(): void {
  if (!panel() || window.lcSoftphone) return;
  window.lcSoftphone = true;
  document.addEventListener("htmx:afterSettle", () => {
    for (const line of [first(), second()]) if (line?.state === "ringing" && taken(line.contact)) void lift(line);
    const call = document.querySelector<HTMLElement>("[data-lc-line]");
    if (call) void shown(call.dataset["lcLine"] ?? "", call.dataset["lcHeld"] === "1");
  });
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
  watchLines(credentials.ice, { changed: draw, failed, silent: (line) => void silent(line) });
  for (const [exchange, path] of Object.entries(credentials.exchanges)) register(exchange, path);
  window.addEventListener("online", reconnect);
  await new Promise(() => undefined);
}

declare global {
  interface Window {
    lcSoftphone?: boolean;
  }
}

begin();
