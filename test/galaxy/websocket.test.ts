import assert from "node:assert/strict";
import { test } from "node:test";
import { currentLab, person } from "./support/lab.js";
import { below, Tool } from "./support/tool.js";
import { Channel, publicUrl } from "./support/visit.js";

test("a WebSocket of the tool's own page gets an echo, by path and by domain", async (t) => {
	const lab = currentLab();
	const tool = await Tool.start(t, person(lab, "anna"), "lab_paths");
	for (const { label } of tool.started.entryPoints) {
		const url = below(tool.url(label), "socket?x=1");
		const { origin, host } = new URL(url, publicUrl(lab));
		const channel = await Channel.open(lab, url, { Origin: origin });
		assert.ok(channel instanceof Channel, label);
		t.after(() => channel.close());
		const { path, headers } = JSON.parse(await channel.message(0));
		assert.match(path, /\/socket\?x=1$/);
		// Jupyter and others compare these two.
		const fields = Object.fromEntries(headers);
		assert.equal(fields.Host, host, label);
		assert.equal(fields.Origin, origin, label);
		channel.socket.send("hello");
		channel.socket.send("x".repeat(60_000));
		assert.equal(await channel.message(1), "hello");
		assert.equal((await channel.message(2)).length, 60_000);
		channel.socket.close(1000);
		assert.equal(await channel.closed(), 1000);
	}
});
