/** Telling people: politely to screen readers, briefly on the page. */

/** Say `words` in the page's live region. */
export function announce(words: string): void {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  // The region must be seen empty first, or the same words twice would be said once.
  setTimeout(() => (region.textContent = words), 50);
}

interface ToastOptions {
  urgent?: boolean;
  /** Milliseconds before it leaves by itself; it waits while pointed at or focused. 0: until closed. */
  stay?: number;
}

/** Show `content` at the foot of the page. Returns what removes it. */
export function toast(content: string | HTMLElement, { urgent = false, stay = urgent ? 12000 : 6000 }: ToastOptions = {}): () => void {
  const box = document.createElement("div");
  box.className = "lc-toast";
  box.setAttribute("role", urgent ? "alert" : "status");
  box.append(content);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "lc-btn";
  close.dataset["kind"] = "quiet";
  close.textContent = "×";
  close.setAttribute("aria-label", document.documentElement.lang === "fr" ? "Fermer" : "Close");
  box.append(close);
  document.getElementById("toasts")?.append(box);
  const remove = (): void => box.remove();
  close.addEventListener("click", remove);
  const leave = (): void => {
    if (box.matches(":hover, :focus-within")) setTimeout(leave, 2000);
    else remove();
  };
  if (stay) setTimeout(leave, stay);
  return remove;
}

/** Listen to what other bundles and the server's answers ask to say (`lc:announce`, `lc:say`). */
export function startSaying(): void {
  document.addEventListener("lc:announce", (event) => announce((event as CustomEvent<string>).detail));
  document.body.addEventListener("lc:say", (event) => {
    const detail = (event as CustomEvent<{ value?: string } | string>).detail;
    toast(typeof detail === "string" ? detail : (detail.value ?? ""));
  });
}
