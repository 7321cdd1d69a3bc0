/**
 * The chat on any site, by one tag:
 * <script src="https://centre/static/built/widget.js" data-queue="garance-chat" defer></script>
 * See docs/integrator/chat.md for the other attributes.
 *
 * This file only draws the button. The panel (widget-panel.js) is fetched when somebody opens it, or at once when the
 * page remembers a conversation.
 */
import type { Front, Launcher } from "./launcher";

const INSIST = 5; // the centre may be restarting: the button comes a little later, the site's page is never troubled
const STYLE = `
:host{all:initial;font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.open{position:fixed;z-index:2147483000;right:20px;bottom:calc(20px + var(--lift,0px));min-width:56px;height:56px;padding:0 16px;border-radius:28px;
display:flex;gap:8px;align-items:center;justify-content:center;cursor:pointer;background:var(--accent);color:var(--on-accent);border:1.5px solid #1b1f2a;font:600 15px system-ui,sans-serif}
.open[hidden],.open span:empty{display:none}
.open:focus-visible{outline:2.5px solid var(--accent);outline-offset:3px}
.open svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
@media (max-width:480px){.open{right:16px;bottom:calc(16px + var(--lift,0px))}}`;

const tag = document.currentScript as HTMLScriptElement | null;

/** Black or white, whichever reads better on the colour `#rrggbb`. */
function inkOn(colour: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => (parseInt(colour.slice(i, i + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#14161c" : "#fff";
}

function button(label: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "open";
  made.ariaLabel = label;
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", "M3 20l1.3-3.9a9 8 0 1 1 3.4 2.900L3 20M8 10.500h8M8 13.500h5");
  svg.append(path);
  made.append(svg, document.createElement("span"));
  return made;
}

async function frontOf(origin: string, queue: string): Promise<Front> {
  const response = await fetch(`${origin}/chat/api/queues/${encodeURIComponent(queue)}/`, { credentials: "omit" });
  if (!response.ok) throw new Error(`the queue ${queue} answers ${response.status}`);
  return response.json();
}

/** The button of one queue, in its company's colour, inside a shadow root that the site's styles do not reach. */
async function launch(script: HTMLScriptElement, queue: string): Promise<void> {
  const { lang, theme = "auto", callBackQueue = queue } = script.dataset;
  const origin = new URL(script.src).origin;
  const language = (lang || document.documentElement.lang || "fr").toLowerCase().startsWith("en") ? "en" : "fr";
  const host = document.createElement("div");
  host.lang = language;
  host.dataset.ligneChat = queue;
  // its place in the pile is that of its tag, whichever answer comes first
  host.style.setProperty("--lift", `${document.querySelectorAll("[data-ligne-chat]").length * 68}px`);
  document.body.append(host);
  const front = await frontOf(origin, queue).catch((error) => {
    host.remove();
    throw error;
  });

  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const colour = /^#[0-9a-f]{6}$/i.test(front.colour) ? front.colour : "#1d4ed8";
  host.style.setProperty("--accent", colour);
  host.style.setProperty("--on-accent", inkOn(colour));
  const opener = button(`${language === "en" ? "Open the chat with" : "Ouvrir le chat avec"} ${front.principal}`);
  root.append(opener);

  const key = `ligne-chat ${origin} ${queue}`;
  const launcher: Launcher = { origin, language, queue, callBackQueue, theme, key, front, host, root, opener };
  let asked = false;
  const show = (): void => {
    if (asked) return;
    asked = true;
    const panel = document.createElement("script");
    panel.src = script.src.replace("widget.js", "widget-panel.js");
    panel.onload = () => window.ligneChat?.(launcher);
    panel.onerror = () => (asked = false);
    document.head.append(panel);
  };
  opener.addEventListener("click", () => {
    launcher.wanted = true;
    show();
  });
  // a site may have buttons of its own: <button data-ligne-open="garance-chat">
  document.addEventListener("click", (event) => {
    const own = (event.target as Element).closest<HTMLElement>("[data-ligne-open]");
    if (own?.dataset.ligneOpen === queue) opener.click();
  });
  if (remembers(key)) show();
}

function remembers(key: string): boolean {
  try {
    return !!JSON.parse(localStorage.getItem(key) ?? "{}").token;
  } catch {
    return false; // storage is forbidden here
  }
}

async function insist(script: HTMLScriptElement, queue: string): Promise<void> {
  for (let attempt = 0; attempt < INSIST; attempt++) {
    try {
      return await launch(script, queue);
    } catch (error) {
      console.warn("chat:", error);
      await new Promise((resolve) => setTimeout(resolve, 2000 * 3 ** attempt));
    }
  }
}

if (tag?.dataset.queue) void insist(tag, tag.dataset.queue);
else console.warn("chat: the tag needs data-queue");
