/** Draws the conversation, inside the shadow root of the button that opens it. */
import { callBackForm } from "./callback";
import { Centre, type Message } from "./centre";
import { Conversation, type Screen } from "./conversation";
import { drawing, h, withLinks } from "./dom";
import { Memory } from "./memory";
import { STYLE } from "./style";
import type { Front, Launcher } from "../widget/launcher";
import { type Say, hour, ordinal, speaker } from "./words";

const PHONE = "(max-width:480px)";
const FIRST = "textarea,input:not([hidden]),button.main"; // where the focus goes when the view changes

export class Panel implements Screen {
  private readonly t: Say;
  private readonly talk: Conversation;
  private readonly centre: Centre;
  private readonly memory: Memory;
  private readonly front: Front;
  private readonly root: ShadowRoot;
  private readonly opener: HTMLButtonElement;
  private readonly rows = new Map<string, HTMLElement>();
  private readonly log = h("div", { class: "log", role: "log", tabindex: 0 });
  private readonly state = h("p", { class: "state", role: "status" });
  private readonly alert = h("p", { class: "alert", role: "alert" });
  private readonly foot = h("div");
  private readonly body = h("div", { class: "log" });
  private readonly title = h("h2", { id: "title" });
  private readonly panel: HTMLElement;
  private readonly box: HTMLTextAreaElement;
  private view = "";
  private asks: "" | "copy" | "call" = "";
  private unread = 0;

  constructor(private readonly launcher: Launcher) {
    const { front, language, opener, origin, queue, root } = launcher;
    const t = (this.t = speaker(language));
    const centre = (this.centre = new Centre(origin, language));
    const memory = (this.memory = new Memory(launcher.key));
    this.front = front;
    this.root = root;
    this.opener = opener;
    opener.addEventListener("click", () => this.show(true));
    this.talk = new Conversation(centre, queue, memory, this);
    this.box = h("textarea", {
      rows: 1,
      maxlength: 4000,
      "aria-label": t("message"),
      placeholder: t("message"),
      oninput: () => this.typed(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.send();
        }
      },
      onpaste: (event: ClipboardEvent) => this.files(event.clipboardData?.files, event),
    });
    this.log.setAttribute("aria-label", t("title", { principal: front.principal }));
    const down = h("button", { type: "button", "aria-label": t("close"), onclick: () => this.show(false) }, drawing("down"));
    this.panel = h(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (e: KeyboardEvent) => this.key(e) },
      h("div", { class: "head" }, this.title, down),
      this.state,
      this.body,
      this.alert,
      this.foot,
    );
    this.dress();
    root.append(this.panel);
    this.box.value = memory.now.draft;
    this.talk.resume();
    if (launcher.wanted || memory.now.shown) this.show(true, launcher.wanted);
    this.changed();
  }

  private dress(): void {
    const { host, theme } = this.launcher;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets.push(sheet);
    const dark = matchMedia("(prefers-color-scheme:dark)");
    const apply = () => host.toggleAttribute("data-dark", theme === "dark" || (theme !== "light" && dark.matches));
    dark.addEventListener("change", apply);
    apply();
    this.title.textContent = this.front.principal;
  }

  /** Open or reduce the panel. The focus follows when a person asked. */
  private show(yes: boolean, focus = true): void {
    this.panel.hidden = !yes;
    this.opener.hidden = yes;
    this.panel.setAttribute("aria-modal", String(matchMedia(PHONE).matches));
    this.memory.keep({ shown: yes });
    if (yes) this.unread = 0;
    this.changed();
    if (yes) this.bottom();
    if (focus) (yes ? (this.panel.querySelector<HTMLElement>(FIRST) ?? this.log) : this.opener).focus();
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation(); // the site's own shortcuts are not meant
    if (event.key === "Escape") this.show(false);
    if (event.key !== "Tab" || !matchMedia(PHONE).matches) return;
    const stops = [...this.panel.querySelectorAll<HTMLElement>("button,a[href],input,textarea,select,[tabindex]")];
    const seen = stops.filter((stop) => stop.offsetParent && !(stop as HTMLInputElement).disabled);
    const edge = event.shiftKey ? seen[0] : seen.at(-1);
    if (this.root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? seen.at(-1) : seen[0])?.focus();
  }

  private typed(): void {
    this.memory.keep({ draft: this.box.value });
    if (this.box.value) this.talk.typing();
  }

  private send(): void {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.alert.textContent = "";
    this.talk.say(text);
    this.bottom();
  }

  private files(files: FileList | null | undefined, event?: Event): void {
    if (!files?.length) return;
    event?.preventDefault();
    this.alert.textContent = "";
    for (const file of files) {
      if (file.size > this.front.max_file_bytes) this.refused(this.t("tooLarge", { mb: this.megabytes }));
      else void this.talk.upload(file);
    }
  }

  private get megabytes(): number {
    return Math.floor(this.front.max_file_bytes / 2 ** 20);
  }

  received(_message: Message): void {
    if (this.panel.hidden) this.unread++;
  }

  refused(sentence: string, code = ""): void {
    this.alert.textContent = sentence || this.t("trouble");
    this.box.value = this.memory.now.draft;
    if (code === "closed") this.front.open = false;
    this.changed();
  }

  changed(): void {
    const { t, talk } = this;
    const label = t("open", { principal: this.front.principal }) + (this.unread ? `, ${t("unread", { n: this.unread })}` : "");
    this.opener.ariaLabel = label;
    this.opener.lastElementChild!.textContent = this.unread ? String(this.unread) : "";
    this.state.textContent = this.stateWords();
    const said = talk.begun && this.asks !== "call";
    if (said) this.drawLog();
    const view = this.asks || (!talk.begun ? (this.front.open ? "hello" : "closed") : talk.over ? "over" : "talk");
    const signature = `${view}/${talk.news?.nobody_free}/${JSON.stringify(talk.news?.transcript)}`;
    if (signature === this.view) return;
    this.view = signature;
    const focused = this.foot.contains(this.root.activeElement);
    (said ? this.body : this.log).replaceWith(said ? this.log : this.body);
    this.foot.replaceChildren(...this.footOf(view));
    this.body.replaceChildren(...(said ? [] : this.bodyOf(view)));
    if (focused) this.panel.querySelector<HTMLElement>(FIRST)?.focus();
    if (said) this.bottom();
  }

  private stateWords(): string {
    const { t, talk } = this;
    const news = talk.news;
    if (talk.begun && !talk.online) return t(talk.unable ? "unable" : "offline");
    if (!news) return talk.begun ? t("sending") : "";
    if (news.state === "ended") return t("ended");
    if (news.state === "active") return t(news.typing ? "typing" : "withAdvisor", { name: news.advisor });
    if (news.nobody_free) return t("nobody");
    if (!news.place) return t("waiting");
    const n = ordinal(news.place, this.centre.lang);
    return news.wait_s ? t("placeWait", { n, m: Math.max(1, Math.round(news.wait_s / 60)) }) : t("place", { n });
  }

  /** Rows are made once and stay: a screen reader hears each message once. */
  private drawLog(): void {
    const { talk, t } = this;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    const wanted = new Map<string, [string, () => HTMLElement]>();
    for (const m of talk.messages.values()) wanted.set(`m${m.id}`, [m.at, () => this.row(m)]);
    for (const n of talk.news?.notices ?? []) wanted.set(n.id + n.at, [n.at, () => this.said("auto", t("automatic"), [n.text], n.at)]);
    for (const u of this.memory.now.outbox) wanted.set(u.client_id, ["~", () => this.said("mine pending", t("sending"), [u.text])]);
    for (const [id, name] of talk.uploads) wanted.set(id, ["~", () => this.said("mine pending", "", [t("sendingFile", { name })])]);
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.remove();
        this.rows.delete(key);
      }
    }
    for (const [key, [at, make]] of wanted) {
      if (this.rows.has(key)) continue;
      const row = make();
      row.dataset.at = at;
      this.rows.set(key, row);
      const after = [...this.log.children].find((other) => ((other as HTMLElement).dataset.at ?? "") > at);
      this.log.insertBefore(row, after ?? null);
    }
    if (atEnd) this.bottom();
  }

  private row(m: Message): HTMLElement {
    const kind = { customer: "mine", advisor: "", centre: "auto" }[m.from];
    const who = m.author || this.t(m.from === "customer" ? "you" : "automatic");
    const files = m.files.map((file) => {
      const url = this.centre.origin + file.url;
      const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) && h("img", { src: url, alt: "", loading: "lazy" });
      return h("a", { href: url, target: "_blank", rel: "noopener", download: file.name }, file.name, picture);
    });
    return this.said(kind, who, [...withLinks(m.text), ...files], m.at);
  }

  private said(kind: string, who: string, content: (Node | string)[], at = ""): HTMLElement {
    return h(
      "div",
      { class: `said ${kind}` },
      h("p", { class: "who" }, [who, at && hour(at, this.centre.lang)].filter(Boolean).join(" · ")),
      h("div", { class: "text" }, ...content),
    );
  }

  private bottom(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }

  private bodyOf(view: string): Node[] {
    const { t, front } = this;
    if (view === "call") {
      return [callBackForm(this.centre, this.launcher.callBackQueue, this.t, this.memory.now.name, () => this.turn(""))];
    }
    if (view === "hello") return [h("p", {}, t("hello", { principal: front.principal }))];
    const when = front.opens_at && new Date(front.opens_at).toLocaleString(this.centre.lang, WHEN);
    return [h("p", {}, when ? t("closedUntil", { when }) : t("closed"))];
  }

  private footOf(view: string): Node[] {
    const { t, talk } = this;
    const news = talk.news;
    const link = (words: string, act: () => void) => h("button", { type: "button", onclick: act }, words);
    const call = link(t("callBack"), () => this.turn("call"));
    const copied = news?.transcript;
    const copyLink = copied?.to ? null : link(t("copy"), () => this.turn("copy"));
    const told = copied?.to && h("p", { class: "small links" }, t(copied.sent ? "copySent" : "copyLater", { to: copied.to }));
    const links = (...children: (Node | null | "" | undefined | false)[]) => h("div", { class: "links" }, ...children);
    switch (view) {
      case "call":
        return talk.begun ? [links(link(t("back"), () => this.turn("")))] : [];
      case "copy":
        return [this.copyForm(), links(link(t("back"), () => this.turn("")))];
      case "hello":
        return [this.helloForm(), links(call)];
      case "closed":
        return [h("form", { onsubmit: (e: Event) => (e.preventDefault(), this.turn("call")) }, this.submit(t("callBack")))];
      case "over": {
        const again = h("form", { onsubmit: (e: Event) => (e.preventDefault(), this.renew()) }, this.submit(t("again")));
        return [...(told ? [told] : []), again, links(copyLink)];
      }
      default:
        return [
          this.talkForm(),
          ...(told ? [told] : []),
          links(copyLink, news?.nobody_free && call, news && link(t("end"), () => void talk.leave())),
        ];
    }
  }

  private turn(to: "" | "copy" | "call"): void {
    this.asks = to;
    this.alert.textContent = "";
    this.changed();
    this.panel.querySelector<HTMLElement>(FIRST)?.focus();
  }

  private renew(): void {
    this.rows.clear();
    this.log.replaceChildren();
    this.talk.renew();
  }

  private submit(words: string): HTMLElement {
    return h("button", { class: "main" }, words);
  }

  private helloForm(): HTMLElement {
    const { t, memory } = this;
    const question = h("textarea", { rows: 3, maxlength: 4000, required: true });
    question.value = memory.now.draft;
    question.oninput = () => memory.keep({ draft: question.value });
    const name = h("input", { autocomplete: "name", maxlength: 200, value: memory.now.name });
    const email = h("input", { type: "email", autocomplete: "email", maxlength: 254, value: memory.now.email });
    const onsubmit = (event: Event) => {
      event.preventDefault();
      if (!question.value.trim()) return question.focus();
      memory.keep({ name: name.value.trim(), email: email.value.trim() });
      this.alert.textContent = "";
      this.box.value = "";
      this.talk.say(question.value.trim());
    };
    return h(
      "form",
      { class: "hello", onsubmit },
      h("label", {}, t("question"), question),
      h("label", {}, t("name"), name),
      h("label", {}, t("email"), email),
      h("p", { class: "small" }, t("privacy", { principal: this.front.principal })),
      this.submit(t("start")),
    );
  }

  private talkForm(): HTMLElement {
    const { t } = this;
    const words = t("attach", { kinds: this.front.file_kinds, mb: this.megabytes });
    const picker = h("input", { type: "file", hidden: true, multiple: true });
    picker.onchange = () => {
      this.files(picker.files);
      picker.value = "";
    };
    const clip = h("button", { type: "button", "aria-label": words, title: words, onclick: () => picker.click() }, drawing("clip"));
    const onsubmit = (event: Event) => {
      event.preventDefault();
      this.send();
      this.box.focus();
    };
    const send = h("button", { class: "main", "aria-label": t("send") }, drawing("send"));
    return h("form", { class: "talk", onsubmit }, clip, picker, this.box, send);
  }

  private copyForm(): HTMLElement {
    const email = h("input", { type: "email", required: true, autocomplete: "email", value: this.memory.now.email });
    const onsubmit = (event: Event) => {
      event.preventDefault();
      void this.talk.copy(email.value.trim());
      this.turn("");
    };
    return h("form", { onsubmit }, h("label", {}, this.t("emailAsked"), email), this.submit(this.t("copyAsk")));
  }
}

const WHEN: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
