/** The microphone and the loudspeaker that the person chose, remembered in this browser. */
const KEY = "lc:devices";

export interface Devices {
  microphone: string;
  speaker: string;
}

/** The choice, as far as these devices are still plugged in. */
export async function devices(): Promise<Devices> {
  const chosen = { microphone: "", speaker: "", ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Devices>) };
  const there = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.deviceId));
  return {
    microphone: there.has(chosen.microphone) ? chosen.microphone : "",
    speaker: there.has(chosen.speaker) ? chosen.speaker : "",
  };
}

/** Fill the lists of the panel, and keep what is chosen. */
export async function remember(panel: HTMLElement | null): Promise<void> {
  const form = panel?.querySelector<HTMLElement>("[data-lc-devices]");
  if (!form) return;
  form.hidden = !form.hidden;
  if (form.hidden) return;
  // Names are told only to pages that may listen.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const all = await navigator.mediaDevices.enumerateDevices();
  const chosen = await devices();
  for (const [name, kind] of [["microphone", "audioinput"], ["speaker", "audiooutput"]] as const) {
    const list = form.querySelector<HTMLSelectElement>(`select[name=${name}]`);
    if (!list) continue;
    list.replaceChildren(...all.filter((one) => one.kind === kind).map((one) => new Option(one.label || one.deviceId, one.deviceId)));
    if (chosen[name]) list.value = chosen[name];
    list.onchange = async (): Promise<void> => {
      localStorage.setItem(KEY, JSON.stringify({ ...(await devices()), [name]: list.value }));
    };
  }
  meter(stream, form.querySelector("meter"));
}

/** The level of the microphone, for as long as the lists are open. */
function meter(stream: MediaStream, bar: HTMLMeterElement | null): void {
  const context = new AudioContext();
  const listener = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(listener);
  const samples = new Uint8Array(listener.fftSize);
  const timer = setInterval(() => {
    listener.getByteTimeDomainData(samples);
    if (bar) bar.value = Math.max(...samples.map((value) => Math.abs(value - 128))) / 128;
    if (!bar || bar.closest("[hidden]")) {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
      void context.close();
    }
  }, 100);
}
