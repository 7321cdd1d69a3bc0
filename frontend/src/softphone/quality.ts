/** How well the other end is heard: packets lost and delay, said in words beside the call. */
import { panel } from "./panel";

const EVERY_MS = 3000;

/** Say it for as long as the connection lives, while its line is the one that is heard (`shown`). */
export function watchQuality(connection: RTCPeerConnection, shown: () => boolean): void {
  const place = panel()?.querySelector<HTMLElement>("[data-lc-quality]");
  if (!place) return;
  let lostBefore = 0;
  let hadBefore = 0;
  const timer = setInterval(async () => {
    if (connection.connectionState === "closed") {
      if (shown()) place.textContent = "";
      return clearInterval(timer);
    }
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
      const lost = report.packetsLost - lostBefore;
      const had = report.packetsReceived - hadBefore;
      lostBefore = report.packetsLost;
      hadBefore = report.packetsReceived;
      if (!shown()) continue;
      const share = had + lost > 0 ? Math.max(0, lost) / (had + lost) : 1;
      const state = share > 0.05 || report.jitter > 0.06 ? "poor" : share > 0.02 || report.jitter > 0.03 ? "fair" : "good";
      place.dataset["quality"] = state;
      place.textContent = place.dataset[state] ?? "";
    }
  }, EVERY_MS);
}
