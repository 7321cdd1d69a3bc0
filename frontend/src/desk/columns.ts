/** On a narrow page the three columns are shown one at a time. */

function show(name: string): void {
  const desk = document.querySelector<HTMLElement>(".lc-desk");
  if (!desk) return;
  desk.dataset["column"] = name;
  for (const button of document.querySelectorAll<HTMLElement>("[data-lc-column]")) {
    button.setAttribute("aria-pressed", String(button.dataset["lcColumn"] === name));
  }
}

export function startColumns(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-lc-column]");
    if (button) show(button.dataset["lcColumn"] ?? "exchange");
  });
  document.addEventListener("lc:column", (event) => show((event as CustomEvent<string>).detail));
}
