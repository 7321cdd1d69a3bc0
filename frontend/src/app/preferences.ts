/** Appearance takes effect at once; the server keeps it. Sound is a matter of this machine and stays here. */

const SOUND = "lc-sound";

/** Whether arrivals may be heard on this machine. */
export function soundWanted(): boolean {
  return localStorage.getItem(SOUND) !== "off";
}

function showTheme(button: HTMLElement): void {
  const theme = button.dataset["lcTheme"] ?? "auto";
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  for (const each of document.querySelectorAll("[data-lc-theme]")) each.setAttribute("aria-pressed", String(each === button));
}

function fill(button: HTMLElement): void {
  const input = document.querySelector<HTMLInputElement>(button.dataset["lcFill"] ?? "");
  if (!input) return;
  input.value = button.dataset["lcValue"] ?? "";
  document.querySelector<HTMLInputElement>('input[type="password"]')?.focus();
}

export function startPreferences(): void {
  const sound = document.querySelector("[data-lc-sound]");
  sound?.setAttribute("aria-pressed", String(soundWanted()));
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const theme = target.closest<HTMLElement>("[data-lc-theme]");
    if (theme) showTheme(theme);
    const filler = target.closest<HTMLElement>("[data-lc-fill]");
    if (filler) fill(filler);
    if (target.closest("[data-lc-sound]")) {
      localStorage.setItem(SOUND, soundWanted() ? "off" : "on");
      sound?.setAttribute("aria-pressed", String(soundWanted()));
    }
  });
}
