import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, type ToolApp } from "../app.js";

const NODE_RED = join(CACHE, "npm/node_modules/node-red/red.js");

/** A button that sends "pressed" to the debug list. */
const FLOW = [
	{ id: "f1", type: "tab", label: "Flow" },
	{
		...{ id: "n1", type: "inject", z: "f1", x: 120, y: 80, wires: [["n2"]] },
		...{ name: "", props: [{ p: "payload" }], once: false, repeat: "" },
		...{ payload: "pressed", payloadType: "str" },
	},
	{
		...{ id: "n2", type: "debug", z: "f1", x: 320, y: 80, wires: [] },
		...{ name: "", active: true, tosidebar: true, complete: "payload" },
	},
];

export const nodeRed: ToolApp = {
	name: "Node-RED",
	forms: ["domain", "path", "url"],
	needs: [NODE_RED],
	command({ port, base, folder }) {
		// Its settings are CommonJS, unlike the files below test/.
		writeFileSync(join(folder, "package.json"), "{}");
		writeFileSync(join(folder, "flows.json"), JSON.stringify(FLOW));
		return [
			...[process.execPath, NODE_RED, "-u", folder, "-p", String(port)],
			...["-D", `httpAdminRoot=${base}`, "-D", "uiHost=127.0.0.1"],
			...["-D", "telemetry.enabled=false", "-D", "editorTheme.tours=false"],
			"flows.json",
		];
	},
	async use(page) {
		await page.locator("#red-ui-workspace-chart").waitFor();
		await page.locator(".red-ui-flow-node-button").first().waitFor();
		await page.evaluate("RED.actions.invoke('core:show-debug-tab')");
		await page.keyboard.press("Escape");
		await page.locator(".red-ui-flow-node-button-button").first().click();
		await page.locator(".red-ui-debug-msg").getByText("pressed").waitFor();
		return "flow's button pressed";
	},
};
