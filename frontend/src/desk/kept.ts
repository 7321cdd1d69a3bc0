/**
 * The channel's own part of an exchange (the call, the chat) is left alone when the exchange is drawn anew: it asks for
 * itself when something happens to it. What happened before it was drawn it never heard: a contact that is accepted while
 * its file is still on the way. So when the exchange turns out to have changed hands or state, the part asks again.
 */
const seen = new WeakMap<Element, string>();

export function watchKept(): void {
  const look = (): void => {
    for (const exchange of document.querySelectorAll<HTMLElement>("article[data-contact]")) {
      const now = `${exchange.dataset["state"]} ${exchange.dataset["mine"]}`;
      const before = seen.get(exchange);
      seen.set(exchange, now);
      if (before === undefined || before === now) continue;
      for (const part of exchange.querySelectorAll<HTMLElement>("[data-lc-keep] > [hx-get]")) {
        void window.htmx.ajax("get", part.getAttribute("hx-get")!, { source: part });
      }
    }
  };
  document.addEventListener("htmx:afterSwap", look);
  document.addEventListener("htmx:afterSettle", look);
}
