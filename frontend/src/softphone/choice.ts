/** Which microphone, which loudspeaker, what rings: the choice, kept in this browser. */
const KEY = "lc:devices";

export interface Devices {
  microphone: string;
  speaker: string;
  ringer: string;
}

function kept(): Devices {
  return { microphone: "", speaker: "", ringer: "", ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Devices>) };
}

/** The choice, as far as these devices are still plugged in. */
export async function chosen(): Promise<Devices> {
  const there = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.deviceId));
  const all = kept();
  const still = (id: string): string => (there.has(id) ? id : "");
  return { microphone: still(all.microphone), speaker: still(all.speaker), ringer: still(all.ringer) };
}

/** Let `sound` come out of the chosen loudspeaker, or of what rings. */
export async function speaker(sound: HTMLAudioElement, which: "speaker" | "ringer" = "speaker"): Promise<void> {
  const id = (await chosen())[which];
  if ("setSinkId" in sound) await sound.setSinkId(id).catch(() => undefined);
}

/** Keep one more choice; "" is whatever the machine uses. */
export function keep(name: keyof Devices, id: string): void {
  localStorage.setItem(KEY, JSON.stringify({ ...kept(), [name]: id }));
}
