/** Whoever works by keyboard keeps their place: when an update removes what had the focus, what came instead gets it. */

let place: { id: string; around: HTMLElement | null } | null = null;

function remember(event: Event): void {
  const { target } = (event as CustomEvent<{ target: Element }>).detail;
  const inside = document.activeElement !== document.body && target.contains(document.activeElement);
  place = inside ? { id: target.id, around: target.parentElement?.closest<HTMLElement>('[tabindex="-1"]') ?? null } : place;
}

function restore(event: Event): void {
  if (!place || document.activeElement !== document.body) {
    place = null;
    return;
  }
  const { id, around } = place;
  place = null;
  const settled = (event as CustomEvent<{ elt?: Element }>).detail.elt;
  const fresh = document.getElementById(id) ?? settled;
  const next = fresh instanceof HTMLElement && fresh.isConnected && fresh !== document.body ? fresh : around;
  if (!next) return;
  if (next.tabIndex < 0 && !next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

export function startFocus(): void {
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSettle", restore);
}
