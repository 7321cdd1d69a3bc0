/**
 * What changes something carries a key. When its answer is lost (the centre changes machines, the network drops) nobody
 * knows whether it was done; sending the same thing again from the same place carries the same key, and is done once.
 */
interface Sent {
  key: string;
  said: string;
}

interface Detail {
  elt: Element;
  verb: string;
  headers: Record<string, string>;
  formData: FormData;
}

const unanswered = new WeakMap<Element, Sent>();
const underWay = new WeakMap<Element, Sent>();

function drawn(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("");
}

export function startOnce(): void {
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, verb, headers, formData } = (event as CustomEvent<Detail>).detail;
    if (verb === "get") return;
    const said = JSON.stringify([...formData.entries()].filter(([, value]) => typeof value === "string"));
    const before = unanswered.get(elt);
    const sent = before?.said === said ? before : { key: drawn(), said };
    headers["Idempotency-Key"] = sent.key;
    underWay.set(elt, sent);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = (event as CustomEvent<{ elt: Element; xhr: XMLHttpRequest }>).detail;
    const sent = underWay.get(elt);
    if (!sent) return;
    underWay.delete(elt);
    if (xhr.status === 0 || xhr.status >= 502) unanswered.set(elt, sent);
    else unanswered.delete(elt);
  });
}
