/**
 * The calls of this telephone: the one that is heard, and a second that waits. Who is put aside hears music when the
 * call is ours to hold (the centre does it); a line that is not ours, such as a colleague who consults us, is silent.
 */
import type { RTCSession } from "jssip/lib/RTCSession";
import { act } from "./centre";
import { speaker } from "./choice";
import { Failed, type Microphone, open } from "./microphone";
import { watchQuality } from "./quality";

export interface Line {
  session: RTCSession;
  /** The exchange it belongs to, "" when none is known. */
  contact: string;
  /** What we are in that call: "advisor", "third" (consulted) or "supervisor". */
  role: string;
  state: "ringing" | "lifting" | "talking";
  /** How it was put aside: held by the centre, or silenced here. */
  aside: "" | "centre" | "here";
  /** The page showed that it is on hold since it was put aside. */
  seenHeld: boolean;
  sound: HTMLAudioElement;
  microphone: Microphone | null;
}

interface Watcher {
  changed: () => void;
  failed: (line: Line, why: Failed) => void;
  silent: (line: Line) => void;
}

const lines: Line[] = [];
let current: Line | null = null;
let watcher: Watcher;
let ice: RTCIceServer[] = [];

/** Begin: `by` is told of what happens to the lines. */
export function watchLines(servers: RTCIceServer[], by: Watcher): void {
  ice = servers;
  watcher = by;
}

/** The line that is heard, or rings when there is no other. */
export const first = (): Line | null => current;
/** The other one. */
export const second = (): Line | null => lines.find((line) => line !== current) ?? null;

/** A call comes in. One that takes the place of its former leg (a page or a network that came back) is no second line. */
export function arrive(session: RTCSession, contact: string, role: string): Line {
  const sound = new Audio();
  sound.autoplay = true;
  const line: Line = { session, contact, role, state: "ringing", aside: "", seenHeld: false, sound, microphone: null };
  lines.push(line);
  if (!current || (contact && current.contact === contact && current.role === role)) current = line;
  session.on("accepted", () => {
    line.state = "talking";
    watcher.changed();
  });
  session.on("ended", () => over(line));
  session.on("failed", () => over(line));
  session.on("peerconnection", ({ peerconnection }) => {
    peerconnection.addEventListener("track", (event) => {
      line.sound.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      line.sound.muted = line !== current;
      void speaker(line.sound);
    });
    watchQuality(peerconnection, () => line === current);
  });
  watcher.changed();
  return line;
}

function over(line: Line): void {
  const at = lines.indexOf(line);
  if (at < 0) return;
  lines.splice(at, 1);
  line.sound.srcObject = null;
  line.microphone?.close();
  if (current === line) {
    // One that rings stays to be answered; one that waits is taken up by the person, who may not expect to be heard.
    current = lines.find((one) => one.contact === line.contact) ?? lines[0] ?? null;
    if (current && !current.aside) current.sound.muted = false;
  }
  watcher.changed();
}

/** Lift the receiver: the other line is put aside first, then this one is heard. */
export async function lift(line: Line): Promise<void> {
  if (line.state !== "ringing" || line.session.isEnded()) return;
  line.state = "lifting";
  watcher.changed();
  try {
    line.microphone = await open(line.session, () => watcher.silent(line));
  } catch (error) {
    watcher.failed(line, error as Failed);
    if (!line.session.isEnded()) line.session.terminate({ status_code: 480 });
    return;
  }
  const other = lines.find((one) => one !== line && one.state === "talking" && one.contact !== line.contact);
  if (other) await putAside(other);
  if (line.session.isEnded()) return line.microphone.close();
  current = line;
  line.session.answer({ mediaStream: line.microphone.stream, pcConfig: { iceServers: ice } });
  watcher.changed();
}

async function putAside(line: Line): Promise<void> {
  line.seenHeld = false;
  line.aside = line.contact && (await act(line.contact, "hold")) ? "centre" : "here";
  line.session.mute({ audio: true });
  line.sound.muted = true;
}

/** Hear this line again. */
async function takeUp(line: Line): Promise<void> {
  if (line.aside === "centre") await act(line.contact, "resume");
  line.aside = "";
  line.session.unmute({ audio: true });
  line.sound.muted = false;
}

/** Go from one line to the other, or back to the one that waits when it is alone. */
export async function change(): Promise<void> {
  const to = second() ?? current;
  if (!to || to.state !== "talking") return;
  if (current && current !== to && current.state === "talking") await putAside(current);
  current = to;
  await takeUp(to);
  watcher.changed();
}

/** What the page shows of a call: one that was resumed there, by whatever button, is heard here again. */
export async function shown(contact: string, held: boolean): Promise<void> {
  const line = lines.find((one) => one.contact === contact && one.aside === "centre");
  if (!line) return;
  if (held) line.seenHeld = true;
  if (held || !line.seenHeld) return;
  line.aside = "";
  if (current && current !== line && current.state === "talking") await putAside(current);
  current = line;
  await takeUp(line);
  watcher.changed();
}

/** Silence the microphone of the line that is heard, or let it be heard again; returns whether it is silent. */
export function mute(): boolean {
  if (!current) return false;
  const muted = current.session.isMuted().audio ?? false;
  if (muted) current.session.unmute({ audio: true });
  else current.session.mute({ audio: true });
  return !muted;
}

/** The loudspeaker changed: every line follows. */
export function follow(): void {
  for (const line of lines) void speaker(line.sound);
}

/** The microphone changed: every line goes on with the new one. */
export async function changeMicrophones(): Promise<void> {
  for (const line of lines) await line.microphone?.again();
}
