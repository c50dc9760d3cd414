import { test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { placeFor } from "./support/place.js";
import { CHECKS } from "./support/real/checks.js";
import { askAll } from "./support/real/messages.js";
import { isMissing, startServer } from "./support/real/server.js";
import { SERVERS } from "./support/real/servers.js";

for (const server of SERVERS)
	test(`${server.name} answers through the daemon as it does directly`, {
		skip: isMissing(server),
	}, async (t) => {
		const name = server.name.replaceAll(/\W+/g, "-");
		const place = placeFor(t, `real-servers-${name}`);
		const port = await startServer(place, server);
		const exchanges = await askAll(t, port, server);
		const daemon = await startDaemon(t, {
			sessions: { abc: { host: "127.0.0.1", port } },
			args: ["--verbose"],
		});
		const cells: string[] = [];
		for (const [kind, check] of Object.entries(CHECKS))
			await t.test(kind, async (t) => {
				cells.push("failed");
				const scene = { t, server, exchanges, direct: port, port: daemon.port };
				t.after(() => {
					if (cells.at(-1) === "failed") t.diagnostic(lastOf(daemon));
				});
				cells[cells.length - 1] = await check(scene);
			});
		t.diagnostic(`| ${server.name} | ${cells.join(" | ")} |`);
	});

/** The last exchanges in the daemon's log. */
function lastOf({ lines }: Daemon): string {
	return lines
		.slice(-12)
		.map((line) => JSON.stringify(line))
		.join("\n");
}
