import { existsSync } from "node:fs";
import type { ToolApp } from "./app.js";
import { bokeh } from "./apps/bokeh.js";
import { dash } from "./apps/dash.js";
import { gradio } from "./apps/gradio.js";
import { httpServer } from "./apps/http-server.js";
import { jupyterlab } from "./apps/jupyterlab.js";
import { marimo } from "./apps/marimo.js";
import { nicegui } from "./apps/nicegui.js";
import { nodeRed } from "./apps/node-red.js";
import { novnc } from "./apps/novnc.js";
import { panel } from "./apps/panel.js";
import { rstudioLike } from "./apps/rstudio-like.js";
import { shellinabox } from "./apps/shellinabox.js";
import { shinyPython } from "./apps/shiny-python.js";
import { shinyR } from "./apps/shiny-r.js";
import { streamlit } from "./apps/streamlit.js";
import { tensorboard } from "./apps/tensorboard.js";
import { trame } from "./apps/trame.js";
import { voila } from "./apps/voila.js";
import { wetty } from "./apps/wetty.js";

/** By the names that `--only` takes. */
export const catalogue: Readonly<Record<string, ToolApp>> = {
	jupyterlab,
	streamlit,
	"shiny-r": shinyR,
	"shiny-python": shinyPython,
	novnc,
	shellinabox,
	wetty,
	bokeh,
	panel,
	dash,
	gradio,
	nicegui,
	marimo,
	voila,
	tensorboard,
	trame,
	"node-red": nodeRed,
	"http-server": httpServer,
	"rstudio-like": rstudioLike,
};

export function isInstalled(app: ToolApp): boolean {
	return app.needs.every((file) => existsSync(file));
}
