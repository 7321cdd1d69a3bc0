/** The advisor's desk: what is offered, the exchange in hand, the customer at its side; one page that never reloads. */
import { startColumns } from "./columns";
import { startDrop } from "./drop";
import { startDraft } from "./draft";
import { startExchange } from "./exchange";
import { startFrames } from "./frames";
import { watchKept } from "./kept";
import { startOffer } from "./offer";
import { startShortcuts } from "./shortcuts";
import { startSuggestions } from "./suggest";
import { startVisio } from "./visio";

startExchange();
startDraft();
startSuggestions();
startFrames();
startOffer();
startDrop();
startColumns();
startShortcuts();
startVisio();
watchKept();
