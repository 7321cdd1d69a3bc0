/** What the page remembers, so that a reload loses nothing. A site that forbids storage remembers until it is left. */

export interface Unsent {
  client_id: string;
  text: string;
}

export interface Remembered {
  token: string; // drawn here, before the conversation is asked for: asking twice starts once
  id: string; // the conversation's public id, empty until the centre answered
  outbox: Unsent[];
  draft: string;
  name: string;
  email: string;
  previous: { public_id: string; token: string } | null;
  shown: boolean; // whether the panel is open
}

const fresh = (): Remembered => ({
  token: "",
  id: "",
  outbox: [],
  draft: "",
  name: "",
  email: "",
  previous: null,
  shown: false,
});

/** 128 random bits and more, safe in an address. */
export function draw(bytes = 16): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export class Memory {
  now: Remembered;

  constructor(readonly key: string) {
    this.now = this.read();
  }

  read(): Remembered {
    try {
      return { ...fresh(), ...JSON.parse(localStorage.getItem(this.key) ?? "{}") };
    } catch {
      return fresh();
    }
  }

  keep(change: Partial<Remembered>): void {
    Object.assign(this.now, change);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.now));
    } catch {
      // storage is forbidden or full: the conversation lives as long as the page
    }
  }

  /** Begin anew, knowing who speaks and what came before. */
  renew(): void {
    const { id, token, name, email, draft, shown } = this.now;
    this.keep({ ...fresh(), name, email, draft, shown, previous: id ? { public_id: id, token } : null });
  }
}
