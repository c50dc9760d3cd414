import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { currentLab, person } from "./support/lab.js";
import { below, Tool } from "./support/tool.js";
import { publicUrl } from "./support/visit.js";

test("a stream of events arrives at once, and ends in the container when its client goes", async (t) => {
	const lab = currentLab();
	const tool = await Tool.start(t, person(lab, "anna"), "lab_paths");
	const counts = async () =>
		JSON.parse((await tool.ask("whole", "streams")).text);
	for (const [index, label] of ["stripped", "domain"].entries()) {
		const url = new URL(below(tool.url(label), "stream"), publicUrl(lab));
		const { port, pathname: path, host } = url;
		const headers = { Host: host };
		const asked = get({ host: "127.0.0.1", port, path, headers, agent: false });
		const [response] = await once(asked, "response");
		const [event] = await once(response, "data");
		// After a pause of this process there may be several.
		assert.match(String(event), /^(data: still here\n\n)+$/);
		assert.deepEqual(await counts(), { open: 1, ended: index });
		response.destroy();
		await until("the container's stream to end", async () => {
			const { open, ended } = await counts();
			return open === 0 && ended === index + 1;
		});
	}
});
