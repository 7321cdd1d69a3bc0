/** Running timers: <time data-lc-since> counts up, <time data-lc-until> counts down to zero; both are written by the server first. */

/** Whole seconds as m:ss, "2 h 10", "3 j 4 h": the same shape as the `duration` filter. */
export function spell(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}\u00a0h\u00a0${two(Math.floor((whole % 3600) / 60))}`;
  const day = document.documentElement.lang === "fr" ? "j" : "d";
  return `${Math.floor(whole / 86400)}\u00a0${day}\u00a0${Math.floor((whole % 86400) / 3600)}\u00a0h`;
}

function tick(): void {
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLElement>("[data-lc-since], [data-lc-until]")) {
    const { lcSince, lcUntil, lcTarget } = element.dataset;
    const seconds = lcSince ? (now - Date.parse(lcSince)) / 1000 : (Date.parse(lcUntil ?? "") - now) / 1000;
    const words = spell(seconds);
    if (element.textContent !== words) element.textContent = words;
    if (lcTarget) element.classList.toggle("is-over", seconds > Number(lcTarget));
  }
}

export function startTimers(): void {
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();
}
