/** The microphone of a call: opened, lost in the middle of it, and found again. */
import type { RTCSession } from "jssip/lib/RTCSession";
import { chosen } from "./choice";

/** Why there is no microphone: the browser refuses it, there is none, or another program has it. */
export type Why = "refused" | "absent" | "taken";

export class Failed extends Error {
  constructor(readonly why: Why) {
    super(why);
  }
}

export interface Microphone {
  stream: MediaStream;
  /** Go on with the microphone that is chosen now; whether there is one. */
  again: () => Promise<boolean>;
  close: () => void;
}

/** Ask for the chosen microphone; any other rather than none. Throws `Failed`. */
export async function listen(): Promise<MediaStream> {
  const { microphone } = await chosen();
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: microphone ? { deviceId: { exact: microphone } } : true });
  } catch (error) {
    throw new Failed(reason(error));
  }
}

function reason(error: unknown): Why {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotReadableError" || name === "AbortError" ? "taken" : "absent";
}

/** The microphone for this call. `lost` is told when it goes in the middle (unplugged, or its permission withdrawn). */
export async function open(session: RTCSession, lost: () => void): Promise<Microphone> {
  const stream = await listen();
  const watch = (): void => {
    for (const track of stream.getAudioTracks()) track.addEventListener("ended", lost, { once: true });
  };
  const close = (): void => {
    for (const track of stream.getTracks()) {
      track.removeEventListener("ended", lost);
      track.stop();
    }
  };
  const again = async (): Promise<boolean> => {
    let fresh: MediaStreamTrack | undefined;
    try {
      fresh = (await listen()).getAudioTracks()[0];
    } catch {
      return false;
    }
    if (!fresh) return false;
    fresh.enabled = !session.isMuted().audio;
    close();
    for (const track of stream.getTracks()) stream.removeTrack(track);
    stream.addTrack(fresh);
    watch();
    const sender = session.connection.getSenders().find((one) => one.track?.kind === "audio" || one.track === null);
    await sender?.replaceTrack(fresh);
    return true;
  };
  watch();
  return { stream, again, close };
}
