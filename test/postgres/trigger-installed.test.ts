import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";
import { noPostgres, startSite } from "./site.js";

function routes(...words: string[]): void {
	const program = join(repository, "bin", "galaxy-proxy.js");
	execFileSync(process.execPath, [program, "routes", ...words]);
}

test("with the trigger of routes install-trigger a tunnel ends by the notification alone: of a removed row, and by TRUNCATE", {
	skip: noPostgres(),
}, async (t) => {
	const { map, open, put, server } = await startSite(t, {
		args: ["--pollingInterval", "0"],
	});
	routes("install-trigger", "--sessions", server.url());
	await put("other");
	const other = await open("other");
	const tunnel = await open("k");
	await map.remove("k");
	await tunnel.closed;
	other.send("still open");
	await map.sql("TRUNCATE gxitproxy");
	await other.closed;
});
