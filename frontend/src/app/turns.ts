/**
 * An element asks for one thing at a time, and what it wished meanwhile comes next. htmx keeps that wish with the
 * element, and forgets it whenever the element is drawn anew: an update heard while another was under way was lost.
 */
import htmx from "htmx.org";

interface Wish {
  elt: Element;
  verb: string;
  path: string;
  question: string | null;
  issueRequest: (skipConfirmation?: boolean) => void;
}

/** What each element that waits for an answer wished since; the last wish counts. */
const waiting = new WeakMap<Element, { next?: Wish }>();

/** Its answer put another element in its place: that one shows what this one did, and knows no more. */
function askAgain({ elt, verb, path, issueRequest }: Wish): void {
  if (elt.isConnected) return issueRequest(true);
  const heir = document.querySelector(`[hx-get="${CSS.escape(path)}"][hx-swap="${elt.getAttribute("hx-swap") ?? ""}"]`);
  if (verb === "get" && heir) void htmx.ajax("get", path, { source: heir });
}

export function watchTurns(): void {
  document.addEventListener("htmx:confirm", (event) => {
    const wish = (event as CustomEvent<Wish>).detail;
    const turn = waiting.get(wish.elt);
    // Where the last wish ends the one before (a search while typing), or a person is asked first, htmx sees to it.
    if (!turn || wish.question || wish.elt.hasAttribute("hx-sync")) return;
    event.preventDefault();
    turn.next = wish;
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr } = (event as CustomEvent<{ elt: Element; xhr: XMLHttpRequest }>).detail;
    const turn: { next?: Wish } = {};
    waiting.set(elt, turn);
    // The answer is drawn, or told as a failure, before its element may ask again.
    xhr.addEventListener("loadend", () =>
      setTimeout(() => {
        if (waiting.get(elt) === turn) waiting.delete(elt);
        if (turn.next) askAgain(turn.next);
      }),
    );
  });
}
