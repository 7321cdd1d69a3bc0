/** Asking to be called back, when nobody can answer here. */
import type { Centre, Refusal, Slots } from "./centre";
import { h } from "./dom";
import { draw } from "./memory";
import type { Say } from "./words";

/** The form; sent, it says what was promised and where to follow it. */
export function callBackForm(centre: Centre, queue: string, t: Say, knownName: string, back: () => void): HTMLElement {
  const form_token = draw(); // the same request twice promises once
  const phone = h("input", { type: "tel", autocomplete: "tel", required: true, maxlength: 30 });
  const name = h("input", { autocomplete: "name", maxlength: 200, value: knownName });
  const topic = h("input", { maxlength: 300 });
  const when = h("select");
  const alert = h("p", { class: "alert", role: "alert" });
  const button = h("button", { class: "main" }, t("ask"));
  const field = (words: string, input: HTMLElement) => h("label", {}, words, input);
  const form = h(
    "form",
    {
      onsubmit: async (event: Event) => {
        event.preventDefault();
        button.disabled = true;
        alert.textContent = "";
        try {
          const json = { queue, form_token, phone: phone.value, name: name.value, topic: topic.value, start: when.value };
          const promise = await centre.ask<{ when: string; url: string }>("/callback/api/", { json });
          const follow = h("a", { class: "link", href: centre.origin + promise.url, target: "_blank", rel: "noopener" }, t("follow"));
          const done = h("p", { role: "status", tabindex: -1 }, t("promised", { when: promise.when }));
          form.replaceChildren(done, follow, h("button", { class: "link", type: "button", onclick: back }, t("back")));
          done.focus();
        } catch (error) {
          alert.textContent = (error as Refusal).message || t("trouble");
        }
        button.disabled = false;
      },
    },
    h("strong", {}, t("callBackTitle")),
    field(t("phone"), phone),
    field(t("when"), when),
    field(t("topic"), topic),
    field(t("name"), name),
    h("p", { class: "small" }, t("consent")),
    alert,
    button,
  );
  centre
    .ask<Slots>(`/callback/api/slots/${queue}/`)
    .then(({ now, slots }) => {
      if (now) when.append(h("option", { value: "" }, t("soon")));
      when.append(...slots.map((slot) => h("option", { value: slot.start }, slot.label)));
    })
    .catch((error: Refusal) => (alert.textContent = error.message || t("trouble")));
  return form;
}
