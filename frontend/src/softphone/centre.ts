/** What the telephone asks of the centre. */

function post(url: string, fields: Record<string, string> = {}): Promise<Response> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  return fetch(url, { method: "POST", headers: { "X-CSRFToken": token, "HX-Request": "true" }, body: new URLSearchParams(fields) });
}

/** An act on the call of an exchange; whether it was done. What is not ours to do is refused, and then nothing was. */
export async function act(contact: string, what: string): Promise<boolean> {
  try {
    return (await post(`/voice/${contact}/act/`, { act: what })).ok;
  } catch {
    return false;
  }
}

/** This telephone is registered at an exchange. */
export async function ready(exchange: string): Promise<void> {
  await post("/voice/ready/", { exchange }).catch(() => undefined);
}
