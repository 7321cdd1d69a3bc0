/** The two tones of an offer, made on the spot; silent when the person muted this machine or asked for less motion. */
import { reducedMotion } from "./page";

let context: AudioContext | null = null;

function tone(at: number, hertz: number): void {
  if (!context) return;
  const source = context.createOscillator();
  const gain = context.createGain();
  source.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.16, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.32);
  source.connect(gain).connect(context.destination);
  source.start(at);
  source.stop(at + 0.34);
}

/** Whether arrivals may be heard: the person's own setting. */
function wanted(): boolean {
  return document.querySelector("[data-lc-sound]")?.getAttribute("aria-pressed") !== "false";
}

/** Ring once; gently (the first tone alone) where less motion is wished. */
export function ring(): void {
  if (!wanted()) return;
  context ??= new AudioContext();
  void context.resume();
  const now = context.currentTime + 0.02;
  tone(now, 660);
  if (!reducedMotion.matches) tone(now + 0.2, 880);
}
