/** Talking to the centre: its answers, its refusals, and the silence of a lost network. */

export interface Message {
  id: number;
  client_id: string;
  from: "customer" | "advisor" | "centre";
  author: string;
  text: string;
  at: string;
  files: { name: string; size: number; type: string; url: string }[];
}

export interface News {
  public_id: string;
  state: "waiting" | "active" | "ended";
  place: number | null;
  wait_s: number | null;
  advisor: string;
  typing: boolean;
  nobody_free: boolean;
  messages: Message[];
  notices: { id: string; at: string; text: string }[];
  transcript: { to: string; sent: boolean };
  cursor: string;
}

export interface Slots {
  now: boolean;
  slots: { start: string; label: string }[];
}

/** The centre refused, by name and with a sentence for people. Status 0: it could not be reached. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The public endpoints of one centre, in one language. */
export class Centre {
  constructor(
    readonly origin: string,
    readonly lang: string,
  ) {}

  async ask<T>(path: string, options: { token?: string; json?: unknown; form?: FormData } = {}): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.lang };
    if (options.token) headers.Authorization = `Bearer ${options.token}`;
    const init: RequestInit = { headers, credentials: "omit" };
    if (options.form || options.json !== undefined) {
      init.method = "POST";
      init.body = options.form ?? JSON.stringify(options.json);
    }
    let response: Response;
    try {
      response = await fetch(this.origin + path, init);
    } catch {
      throw new Refusal(0, "unreachable", "");
    }
    const body = response.status === 204 ? {} : await response.json().catch(() => ({}));
    if (!response.ok) {
      const wait = Number(response.headers.get("Retry-After")) || 0;
      throw new Refusal(response.status, body.error ?? "", body.message ?? "", wait);
    }
    return body as T;
  }
}
