import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ToolApp } from "../app.js";
import { downloaded, SAMPLE } from "../controls.js";

/** Python's own file server, which speaks HTTP/1.0. */
export const httpServer: ToolApp = {
	name: "http.server",
	forms: ["domain", "path"],
	needs: ["/usr/bin/python3"],
	command({ port, folder }) {
		writeFileSync(join(folder, "sample.bin"), SAMPLE);
		return [
			...["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1"],
			...["--directory", folder, String(port)],
		];
	},
	async use(page) {
		const link = page.getByRole("link", { name: "sample.bin" });
		assert.equal(await link.getAttribute("href"), "sample.bin");
		await downloaded(page, link);
		return "5 MB down";
	},
};
