/** Dialogs and menus: opened by data-lc-open="<id>", closed by data-lc-close, by Escape, by a click outside. */

/** Open the dialog `id`; what had the focus gets it back when it closes. */
export function openDialog(id: string): HTMLDialogElement | null {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return null;
  if (!dialog.open) dialog.showModal();
  return dialog;
}

function closeMenus(except: Element | null = null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.lc-menu[open]")) {
    if (menu === except) continue;
    // Whoever was inside goes on from the menu's button, not from the top of the page.
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary")?.focus({ preventScroll: true });
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  closeMenus(target.closest("details.lc-menu"));
  // What is chosen in a menu closes it, except what may be chosen again at once (appearance, sound).
  if (target.closest(".lc-menu-item:not([data-lc-theme], [data-lc-sound])")) closeMenus();
  const opener = target.closest<HTMLElement>("[data-lc-open]");
  if (opener) {
    closeMenus();
    openDialog(opener.dataset["lcOpen"] ?? "");
    return;
  }
  // A dialog whose content is fetched opens at once and says that it is loading.
  const fetched = target.closest("[data-lc-dialog]");
  if (fetched) {
    closeMenus();
    document.getElementById("dialog-body")?.replaceChildren();
    openDialog("dialog");
    return;
  }
  if (target.closest("[data-lc-close]")) target.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement && target.open) {
    const box = target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) target.close();
  }
}

function onKey(event: KeyboardEvent): void {
  if (event.key !== "Escape") return;
  const menu = (event.target as Element).closest<HTMLDetailsElement>("details.lc-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
}

export function startDialogs(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.body.addEventListener("lc:dialog", () => openDialog("dialog"));
  // A form that succeeded closes the dialog it stands in.
  document.addEventListener("htmx:afterRequest", (event) => {
    const detail = (event as CustomEvent<{ successful: boolean; elt: Element }>).detail;
    if (detail.successful && detail.elt.matches("[data-lc-closes]")) {
      detail.elt.closest("dialog")?.close();
      closeMenus();
    }
  });
}
