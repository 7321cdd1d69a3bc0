/** The panel of the chat, fetched by widget.js: one for each button that asks. */
import { Panel } from "./panel";
import type {} from "../widget/launcher";

window.ligneChat = (launcher) => void new Panel(launcher);
