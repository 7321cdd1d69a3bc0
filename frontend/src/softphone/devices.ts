/** The microphone, the loudspeaker and what rings: chosen and tried out. */
import { chosen, type Devices, keep, speaker } from "./choice";
import { changeMicrophones, follow } from "./lines";
import { Failed, listen } from "./microphone";

const TRIAL_MS = 2000;

const LISTS = [["microphone", "audioinput"], ["speaker", "audiooutput"], ["ringer", "audiooutput"]] as const;

let trying: MediaStream | null = null;

/** Open or close the lists. Returns why the microphone cannot be heard, if so. */
export async function toggle(panel: HTMLElement | null): Promise<Failed | null> {
  const form = panel?.querySelector<HTMLElement>("[data-lc-devices]");
  if (!form) return null;
  form.hidden = !form.hidden;
  panel?.querySelector("[data-lc-softphone=devices]")?.setAttribute("aria-expanded", String(!form.hidden));
  if (form.hidden) {
    shut();
    return null;
  }
  // Names are told only to pages that may listen.
  let failed: Failed | null = null;
  try {
    trying = await listen();
    meter(trying, form.querySelector("meter"));
  } catch (error) {
    failed = error as Failed;
  }
  await fill(form);
  form.querySelector<HTMLElement>("select")?.focus();
  return failed;
}

/** Nothing is listened to any more. */
function shut(): void {
  for (const track of trying?.getTracks() ?? []) track.stop();
  trying = null;
}

async function fill(form: HTMLElement): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const now = await chosen();
  for (const [name, kind] of LISTS) {
    const list = form.querySelector<HTMLSelectElement>(`select[name=${name}]`);
    if (!list) continue;
    const usual = new Option(form.dataset["usual"] ?? "", "");
    const others = all.filter((one) => one.kind === kind && one.deviceId && one.deviceId !== "default");
    list.replaceChildren(usual, ...others.map((one) => new Option(one.label || one.deviceId, one.deviceId)));
    list.value = now[name];
    list.onchange = (): void => void choose(form, name, list.value);
  }
}

async function choose(form: HTMLElement, name: keyof Devices, id: string): Promise<void> {
  keep(name, id);
  follow();
  if (name !== "microphone") return;
  await changeMicrophones();
  shut();
  trying = await listen().catch(() => null);
  if (trying) meter(trying, form.querySelector("meter"));
}

/** The level of the microphone, for as long as it is listened to. */
function meter(stream: MediaStream, bar: HTMLMeterElement | null): void {
  const context = new AudioContext();
  const listener = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(listener);
  const samples = new Uint8Array(listener.fftSize);
  const timer = setInterval(() => {
    listener.getByteTimeDomainData(samples);
    if (bar) bar.value = Math.max(...samples.map((value) => Math.abs(value - 128))) / 128;
    if (stream !== trying) {
      clearInterval(timer);
      void context.close();
    }
  }, 100);
}

/** Record two seconds of the microphone and let them be heard; the place beside the button says where it stands. */
export async function tryMicrophone(panel: HTMLElement | null): Promise<void> {
  const place = panel?.querySelector<HTMLElement>("[data-lc-trial]");
  const button = panel?.querySelector<HTMLButtonElement>("[data-lc-softphone=try]");
  if (!place || !button || !trying) return;
  const say = (what: string): void => void (place.textContent = place.dataset[what] ?? "");
  button.disabled = true;
  try {
    say("recording");
    const recorder = new MediaRecorder(trying);
    const parts: Blob[] = [];
    recorder.ondataavailable = (event): number => parts.push(event.data);
    const done = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, TRIAL_MS));
    recorder.stop();
    await done;
    say("playing");
    await heard(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })), "speaker");
    say("done");
  } catch {
    say("failed");
  } finally {
    button.disabled = false;
  }
}

async function heard(address: string, which: "speaker" | "ringer"): Promise<void> {
  const sound = new Audio(address);
  await speaker(sound, which);
  const over = new Promise((resolve) => sound.addEventListener("ended", resolve));
  await sound.play();
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, TRIAL_MS * 2))]);
  URL.revokeObjectURL(address);
}

/** Two short notes, as a file that a loudspeaker can be chosen for. */
function notes(): string {
  const rate = 8000;
  const samples = new Int16Array(rate * 0.7);
  samples.forEach((_, at) => {
    const hertz = at < rate * 0.35 ? 660 : 880;
    const fade = 1 - (at % (rate * 0.35)) / (rate * 0.35);
    samples[at] = Math.sin((2 * Math.PI * hertz * at) / rate) * 9000 * fade;
  });
  const head = new DataView(new ArrayBuffer(44));
  const words = (at: number, text: string): void => [...text].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  words(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  words(8, "WAVEfmt ");
  for (const [at, value, size] of [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, rate, 4], [28, rate * 2, 4], [32, 2, 2], [34, 16, 2]] as const) {
    if (size === 4) head.setUint32(at, value, true);
    else head.setUint16(at, value, true);
  }
  words(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return URL.createObjectURL(new Blob([head, samples], { type: "audio/wav" }));
}

/** A tone out of the loudspeaker, or out of what rings. */
export const tone = (which: "speaker" | "ringer"): Promise<void> => heard(notes(), which).catch(() => undefined);
