/** Appearance and sound take effect at once; the server keeps them. */
import { post } from "./htmx";

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
  // On a small window the sections stand in one row, of which the present one is seen.
  document.querySelector(".lc-sidenav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const theme = target.closest<HTMLElement>("[data-lc-theme]");
    if (theme) showTheme(theme);
    const filler = target.closest<HTMLElement>("[data-lc-fill]");
    if (filler) fill(filler);
    const sound = target.closest("[data-lc-sound]");
    if (sound) {
      const wanted = sound.getAttribute("aria-pressed") !== "true";
      sound.setAttribute("aria-pressed", String(wanted));
      void post("/me/preferences/", { sound: wanted ? "1" : "0" });
    }
  });
}
