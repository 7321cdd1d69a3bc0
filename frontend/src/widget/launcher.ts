/** What the button hands over to the panel. */

/** What anyone may know of a queue, as GET /chat/api/queues/<slug>/ tells it. */
export interface Front {
  principal: string;
  colour: string;
  open: boolean;
  opens_at: string | null;
  max_file_bytes: number;
  file_kinds: string;
}

export interface Launcher {
  origin: string; // the centre's
  language: "fr" | "en";
  queue: string;
  callBackQueue: string;
  theme: string; // auto | light | dark
  key: string; // under which the page remembers the conversation
  front: Front;
  host: HTMLElement;
  root: ShadowRoot;
  opener: HTMLButtonElement;
  wanted?: boolean; // somebody pressed the button before the panel was there
}

declare global {
  interface Window {
    ligneChat?: (launcher: Launcher) => void;
  }
}
