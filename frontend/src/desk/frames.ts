/**
 * The HTML of a mail stands in a frame without scripts. The frame is as high as the mail, so that one scrolls the
 * exchange and not a hole in it; a link in it opens apart and learns nothing of this page.
 */

const HIGHEST = 6000;

function isMail(target: EventTarget | null): target is HTMLIFrameElement {
  return target instanceof HTMLIFrameElement && target.classList.contains("lc-mail-frame");
}

function fit(frame: HTMLIFrameElement): void {
  const inside = frame.contentDocument?.documentElement;
  if (!inside || !frame.offsetParent) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(HIGHEST, inside.scrollHeight + 2)}px`;
}

// The height changes with the width alone: what the mail shows is all in it.
const widths = new WeakMap<Element, number>();
const watch = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (!isMail(target) || widths.get(target) === contentRect.width) continue;
    widths.set(target, contentRect.width);
    fit(target);
  }
});

function openApart(event: MouseEvent): void {
  const link = (event.target as Element).closest?.("a[href]");
  if (!link) return;
  event.preventDefault();
  window.open((link as HTMLAnchorElement).href, "_blank", "noopener,noreferrer");
}

export function startFrames(): void {
  document.addEventListener(
    "load",
    ({ target }) => {
      if (!isMail(target)) return;
      fit(target);
      watch.observe(target);
      target.contentDocument?.addEventListener("click", openApart);
    },
    true,
  );
}
