/** Tabs by the ARIA pattern: arrows move, the chosen tab says so. What a tab shows is fetched by htmx. */

function choose(tab: HTMLElement): void {
  const list = tab.closest('[role="tablist"]');
  if (!list) return;
  for (const other of list.querySelectorAll<HTMLElement>('[role="tab"]')) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
  }
  const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
  panel?.setAttribute("aria-labelledby", tab.id);
  if (panel && tab.dataset["lcShows"] !== undefined) {
    for (const sibling of panel.parentElement?.querySelectorAll<HTMLElement>(':scope > [role="tabpanel"]') ?? []) sibling.hidden = sibling !== panel;
  }
}

function move(event: KeyboardEvent): void {
  const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
  const list = tab?.closest('[role="tablist"]');
  if (!tab || !list) return;
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  const at = tabs.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length];
  next?.focus();
  next?.click();
}

export function startTabs(): void {
  document.addEventListener("click", (event) => {
    const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
    if (tab) choose(tab);
  });
  document.addEventListener("keydown", move);
}
