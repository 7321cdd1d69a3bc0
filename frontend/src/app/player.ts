/**
 * A kept sound, listened to in place: fetched whole when it is asked for (each time is traced), so that one may go back
 * and forth in it; its picture shows how far one is, and leads to where it is pressed.
 */

function picture(audio: HTMLAudioElement): SVGElement | null {
  return audio.closest("figure")?.querySelector<SVGElement>(".lc-waveform") ?? null;
}

async function load(button: HTMLButtonElement): Promise<void> {
  const box = button.closest("[data-lc-player]");
  const audio = box?.querySelector("audio");
  const wrong = box?.querySelector<HTMLElement>("[data-lc-player-wrong]");
  if (!box || !audio || button.disabled) return;
  button.disabled = true;
  try {
    const answer = await fetch(audio.dataset["lcSound"] ?? "");
    if (!answer.ok) throw new Error(String(answer.status));
    audio.src = URL.createObjectURL(await answer.blob());
    audio.hidden = false;
    button.hidden = true;
    if (wrong) wrong.hidden = true;
    audio.focus();
    await audio.play();
  } catch {
    if (wrong && !audio.src) wrong.hidden = false;
  } finally {
    button.disabled = false;
  }
}

function progress(audio: HTMLAudioElement): void {
  const share = audio.duration > 0 && Number.isFinite(audio.duration) ? audio.currentTime / audio.duration : 0;
  picture(audio)?.style.setProperty("--lc-played", `${(100 * share).toFixed(2)}%`);
}

function goTo(event: MouseEvent, shown: Element): void {
  const audio = shown.closest("figure")?.querySelector("audio");
  if (!audio?.src || !Number.isFinite(audio.duration)) return;
  const box = shown.getBoundingClientRect();
  audio.currentTime = (audio.duration * (event.clientX - box.left)) / box.width;
}

export function startPlayers(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLButtonElement>("[data-lc-play]");
    if (button) void load(button);
    const shown = target.closest(".lc-recording .lc-waveform");
    if (shown) goTo(event, shown);
  });
  // Neither of these bubbles.
  for (const name of ["timeupdate", "ended", "seeked"]) {
    document.addEventListener(name, (event) => event.target instanceof HTMLAudioElement && progress(event.target), true);
  }
}
