import assert from "node:assert/strict";
import { join } from "node:path";
import { CODE, type ToolApp } from "../app.js";

const HEADER = "X-RStudio-Root-Path";

/** Stands for RStudio, which no package index has. */
export const rstudioLike: ToolApp = {
	name: "RStudio's header",
	forms: ["header"],
	header: HEADER,
	needs: ["/usr/lib/python3/dist-packages/tornado"],
	command: ({ port }) => [
		...["/usr/bin/python3", join(CODE, "rstudio_like.py"), String(port)],
	],
	async use(page, { base }) {
		const root = base.slice(0, -1);
		await page.getByText(`root path ${root}`).waitFor();
		assert.equal(new URL(page.url()).pathname, base);
		const values = `fetch("values", { headers: { "${HEADER}": "/evil" } }).then((answer) => answer.json())`;
		const expected = { values: [root], path: "/values" };
		assert.deepEqual(await page.evaluate(values), expected);
		const said = `new Promise((resolve, reject) => {
			const socket = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
			socket.onmessage = ({ data }) => resolve(data);
			socket.onerror = () => reject(new Error("no WebSocket"));
		})`;
		assert.equal(await page.evaluate(said), `${root} someone`);
		return "signed in; the page's own copy of the header replaced";
	},
};
