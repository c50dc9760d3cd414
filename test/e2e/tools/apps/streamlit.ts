import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

const STREAMLIT = join(PYTHON, "streamlit");

export const streamlit: ToolApp = {
	name: "Streamlit",
	forms: ["domain", "path", "url"],
	needs: [STREAMLIT],
	command: ({ port, base }) => [
		...[STREAMLIT, "run", join(CODE, "streamlit.py")],
		...[`--server.port=${port}`, "--server.address=127.0.0.1"],
		...["--server.headless=true", `--server.baseUrlPath=${base}`],
		"--browser.gatherUsageStats=false",
	],
	use: (page) =>
		useControls(page, {
			slider: page.locator("input[type=range]"),
			file: page.locator("input[type=file]"),
			download: page.getByRole("button", { name: "Download" }),
		}),
};
