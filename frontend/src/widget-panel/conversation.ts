/** One conversation: what was said, what is still to be sent, and the news from the centre. Knows nothing of the screen. */
import { type Centre, type Message, type News, Refusal } from "./centre";
import { type Memory, draw } from "./memory";

const TYPING_EVERY_MS = 3000;
const TYPING_SHOWN_MS = 7500; // the centre forgets a typing sign after 7 s
const ALIVE_EVERY_MS = 20_000; // the centre calls a page silent after 90 s
const WAITING_EVERY_MS = 8000; // the place in the line moves without telling
const POLL_EVERY_MS = 3000; // when live news cannot be had
const LIVE_AGAIN_MS = 60_000;

export interface Screen {
  /** Something changed: draw it. */
  changed(): void;
  /** A message of the other side came. */
  received(message: Message): void;
  /** A sentence for the person about what could not be done; its text is back in the box. */
  refused(sentence: string, code: string): void;
}

export class Conversation {
  news: News | null = null;
  messages = new Map<number, Message>();
  uploads = new Map<string, string>(); // client id → file name, on its way
  online = true;
  unable = false; // it answers, and says that it cannot keep anything

  private live: EventSource | null = null;
  private timer = 0;
  private retry = 0;
  private failures = 0;
  private flushing = false;
  private typedAt = 0;
  private asking: Promise<void> | null = null;
  private askAgain = false;

  constructor(
    readonly centre: Centre,
    readonly queue: string,
    readonly memory: Memory,
    readonly screen: Screen,
  ) {
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", (event) => event.persisted && this.wake());
    addEventListener("visibilitychange", () => document.hidden || this.wake());
    addEventListener("pagehide", () => this.goodbye());
    addEventListener("storage", (event) => event.key === memory.key && this.otherTab());
  }

  get begun(): boolean {
    return !!this.memory.now.token;
  }

  get over(): boolean {
    return this.news?.state === "ended";
  }

  /** Take up what the page remembers: nothing, a conversation, or one that was being asked for. */
  resume(): void {
    if (!this.begun) return;
    if (this.memory.now.id) {
      this.listen();
      void this.ask();
    }
    void this.flush();
  }

  /** Say `text`; the first one begins the conversation. It is kept until the centre has it. */
  say(text: string): void {
    const { outbox } = this.memory.now;
    if (!this.begun) this.memory.keep({ token: draw(32) });
    this.memory.keep({ outbox: [...outbox, { client_id: draw(), text }], draft: "" });
    this.screen.changed();
    void this.flush();
  }

  /** Hand over a file. */
  async upload(file: File): Promise<void> {
    const client_id = draw();
    const form = new FormData();
    form.append("client_id", client_id);
    form.append("file", file);
    this.uploads.set(client_id, file.name);
    this.screen.changed();
    try {
      await this.post("file/", { form });
    } catch (error) {
      this.refuse(error);
    }
    this.uploads.delete(client_id);
    await this.ask();
    this.screen.changed();
  }

  /** Tell the advisor that the customer types, now and then. */
  typing(): void {
    if (!this.memory.now.id || this.over || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    this.post("typing/", { json: {} }).catch(() => {});
  }

  /** End it. */
  async leave(): Promise<void> {
    try {
      this.take(await this.post<News>("leave/", { json: {} }));
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Ask for a copy by e-mail. */
  async copy(email: string): Promise<void> {
    try {
      await this.post("transcript/", { json: { email } });
    } catch (error) {
      this.refuse(error);
    }
    await this.ask();
  }

  /** Forget this conversation; the next one knows what it follows. */
  renew(): void {
    this.stop();
    this.memory.renew();
    this.news = null;
    this.messages.clear();
    this.screen.changed();
  }

  private post<T>(path: string, options: { json?: unknown; form?: FormData }): Promise<T> {
    const { id, token } = this.memory.now;
    return this.centre.ask<T>(`/chat/api/${id}/${path}`, { token, ...options });
  }

  private refuse(error: unknown): void {
    const refusal = error as Refusal;
    this.screen.refused(refusal.message, refusal.code ?? "");
  }

  /** Send what is unsent, in order, one at a time, until the centre has everything. */
  private async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    clearTimeout(this.retry);
    try {
      for (let next = this.memory.now.outbox[0]; next; next = this.memory.now.outbox[0]) {
        await (this.memory.now.id ? this.post("say/", { json: next }) : this.begin(next));
        this.sent(next.client_id);
        this.connected(true);
        await this.ask();
      }
    } catch (error) {
      this.unsent(error as Refusal);
    } finally {
      this.flushing = false;
    }
  }

  private async begin(first: { client_id: string; text: string }): Promise<void> {
    const { token, name, email, previous } = this.memory.now;
    const page = { page_url: location.href.split("#")[0], page_title: document.title };
    const news = await this.centre.ask<News>("/chat/api/start/", {
      json: { queue: this.queue, token, name, email, previous, language: this.centre.lang, ...page, ...first },
    });
    this.memory.keep({ id: news.public_id });
    this.take(news);
    this.listen();
  }

  private sent(client_id: string): void {
    this.memory.keep({ outbox: this.memory.now.outbox.filter((unsent) => unsent.client_id !== client_id) });
  }

  private unsent(refusal: Refusal): void {
    if (!(refusal instanceof Refusal) || refusal.passing) {
      this.unable = refusal.status >= 500;
      this.connected(refusal.status === 429);
      const wait = refusal.retryAfter * 1000 || Math.min(30_000, 1000 * 2 ** this.failures++);
      this.retry = window.setTimeout(() => void this.flush(), wait);
      return;
    }
    // It will never be taken: the text goes back to the box, nothing typed is lost.
    const { outbox, draft, id } = this.memory.now;
    const text = [...outbox.map((unsent) => unsent.text), draft].filter(Boolean).join("\n");
    this.memory.keep({ outbox: [], draft: text });
    if (!id) this.memory.keep({ token: "" });
    if (refusal.code === "not_found" && id) this.renew();
    else if (id) void this.ask();
    this.refuse(refusal);
  }

  /** Ask for what is new. One question at a time; asked meanwhile, it is asked once more. */
  private ask(): Promise<void> {
    if (this.asking) {
      this.askAgain = true;
      return this.asking;
    }
    this.asking = this.askOnce().finally(() => {
      this.asking = null;
      if (this.askAgain) {
        this.askAgain = false;
        void this.ask();
      }
    });
    return this.asking;
  }

  private async askOnce(): Promise<void> {
    const { id, token } = this.memory.now;
    if (!id) return;
    clearTimeout(this.timer);
    try {
      const news = await this.centre.ask<News>(`/chat/api/${id}/?cursor=${this.news?.cursor ?? ""}`, { token });
      if (id !== this.memory.now.id) return;
      this.connected(true);
      this.take(news);
    } catch (error) {
      const { status } = error as Refusal;
      if (status === 404) return this.renew();
      this.unable = status >= 500;
      this.connected(false);
    }
    this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.over || !this.memory.now.id) return;
    const pushed = this.live?.readyState === EventSource.OPEN;
    const soon = this.news?.typing ? TYPING_SHOWN_MS : this.news?.state === "waiting" ? WAITING_EVERY_MS : ALIVE_EVERY_MS;
    const every = pushed && this.online ? soon : POLL_EVERY_MS;
    this.timer = window.setTimeout(() => void this.ask(), every);
  }

  private take(news: News): void {
    const first = !this.news;
    this.news = news;
    for (const message of news.messages) {
      if (this.messages.has(message.id)) continue;
      this.messages.set(message.id, message);
      this.sent(message.client_id);
      if (message.from !== "customer" && !first) this.screen.received(message);
    }
    if (this.over) this.stop();
    this.screen.changed();
  }

  private connected(yes: boolean): void {
    if (yes) this.failures = 0;
    if (yes === this.online) return;
    this.online = yes;
    this.screen.changed();
    if (yes) void this.flush();
  }

  /** Follow the live news; the browser itself reconnects and says where it was. Refused: ask every few seconds. */
  private listen(): void {
    if (this.live || this.over || typeof EventSource === "undefined") return;
    const { id, token } = this.memory.now;
    const live = (this.live = new EventSource(`${this.centre.origin}/live/chat/${id}?token=${token}`));
    for (const name of ["open", "message", "typing", "state", "resync"]) live.addEventListener(name, () => void this.ask());
    live.onerror = () => {
      if (live.readyState === EventSource.CLOSED && this.live === live) {
        this.live = null;
        window.setTimeout(() => this.memory.now.id && this.listen(), LIVE_AGAIN_MS);
      }
      this.schedule();
    };
  }

  private stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    this.live?.close();
    this.live = null;
  }

  private wake(): void {
    if (this.over) return;
    void this.flush();
    void this.ask();
  }

  /** The page is closed or reloaded: the advisor's side knows at once instead of waiting for silence. */
  private goodbye(): void {
    const { id, token } = this.memory.now;
    if (id && !this.over) navigator.sendBeacon(`${this.centre.origin}/chat/api/${id}/gone/`, JSON.stringify({ token }));
  }

  /** The same site in another tab began, or ended, a conversation: follow it. */
  private otherTab(): void {
    const { token, id } = this.memory.read();
    if (id && (token !== this.memory.now.token || id !== this.memory.now.id)) {
      this.stop();
      this.messages.clear();
      this.news = null;
      this.memory.now = { ...this.memory.read(), shown: this.memory.now.shown };
      this.resume();
    }
  }
}
