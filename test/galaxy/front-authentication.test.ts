import assert from "node:assert/strict";
import { test } from "node:test";
import { runApache } from "../e2e/support/fronts.js";
import { placeFor } from "../e2e/support/place.js";
import { freePort } from "../support/free-port.js";
import { currentLab, person } from "./support/lab.js";
import { below, Tool } from "./support/tool.js";
import { ask, Channel, publicUrl } from "./support/visit.js";

const SECRET = "secret-of-the-front";

test("a container sees neither user nor secret that Apache adds to every request", async (t) => {
	const lab = currentLab();
	const place = placeFor(t, "front-authentication");
	const proxy = `http://127.0.0.1:${lab.proxyPort}`;
	const port = await runApache(place, await freePort(), {
		modules: ["headers"],
		config: `
ProxyPreserveHost On
<Location />
	RequestHeader set REMOTE_USER anna@lab.example
	RequestHeader set GX_SECRET ${SECRET}
</Location>
<VirtualHost *>
	ServerName localhost
	ProxyPass /interactivetool/ep ${proxy}/interactivetool/ep nocanon upgrade=websocket
	ProxyPass / http://127.0.0.1:${lab.galaxyPort}/
</VirtualHost>
<VirtualHost *>
	ServerName interactivetool.localhost
	ServerAlias *.interactivetool.localhost
	ProxyPass / ${proxy}/ nocanon upgrade=websocket
</VirtualHost>`,
	});
	const tool = await Tool.start(t, person(lab, "anna"), "lab_paths");
	const behind = { ...lab, frontPort: port };
	for (const { label } of tool.started.entryPoints) {
		const url = new URL(below(tool.url(label), "x"), publicUrl(lab));
		url.port = String(port);
		const { status, text } = await ask(behind, url.href);
		assert.equal(status, 200, text);
		const channel = await Channel.open(behind, url.href);
		assert.ok(channel instanceof Channel, label);
		const seen = text + (await channel.message(0));
		await channel.close();
		// What the front sends besides does arrive.
		assert.match(seen, /"X-Forwarded-For"/);
		assert.doesNotMatch(
			seen,
			/secret|remote.user|anna@lab\.example"\]/i,
			label,
		);
	}
});
