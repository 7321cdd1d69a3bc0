/** Making elements. Text is always text: nothing that somebody wrote is ever parsed as HTML. */

type Props = Record<string, unknown>;

/** An element: `on…` props are listeners, other functions and booleans are properties, the rest attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | string | null | undefined | false)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as EventListener);
    else if (typeof value === "boolean") (element as unknown as Props)[name] = value;
    else if (value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

const DRAWINGS = {
  down: "M6 9l6 6 6-6",
  clip: "M15 7l-6.5 6.5a1.5 1.5 0 0 0 3 3L18 10a3 3 0 0 0-6-6L5.500 10.500a4.500 4.500 0 0 0 9 9L21 13",
  send: "M10 14L21 3m0 0l-6.500 18a.55.55 0 0 1-1 0L10 14l-7-3.500a.55.55 0 0 1 0-1L21 3",
};

/** One of the house's outline drawings, hidden from screen readers. */
export function drawing(name: keyof typeof DRAWINGS): SVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

/** `text` with its web addresses as links that give nothing of this page away. */
export function withLinks(text: string): (Node | string)[] {
  return text
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/)
    .map((part, index) =>
      index % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part,
    );
}
