/** Files dropped on the reply are attached as if they had been chosen. */

export function startDrop(): void {
  const zone = (event: Event): HTMLElement | null => (event.target as Element).closest<HTMLElement>("[data-lc-drop]");
  document.addEventListener("dragover", (event) => {
    const target = zone(event);
    if (!target || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    target.classList.add("is-target");
  });
  document.addEventListener("dragleave", (event) => zone(event)?.classList.remove("is-target"));
  document.addEventListener("drop", (event) => {
    const target = zone(event);
    const input = document.querySelector<HTMLInputElement>("#reply-files");
    if (!target || !input || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    target.classList.remove("is-target");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
