/** Every page of the house. */
import { startDialogs } from "./dialogs";
import { startFocus } from "./focus";
import { startHtmx } from "./htmx";
import { startKeys } from "./keys";
import { startLive } from "./live";
import { startOnce } from "./once";
import { startPalette } from "./palette";
import { startPlayers } from "./player";
import { startPreferences } from "./preferences";
import { startSaying } from "./say";
import { startTabs } from "./tabs";
import { startTimers } from "./timers";
import { watchTurns } from "./turns";

startHtmx();
watchTurns();
startOnce();
startFocus();
startSaying();
startTimers();
startTabs();
startDialogs();
startPreferences();
startPlayers();
startKeys();
startPalette();
startLive();
