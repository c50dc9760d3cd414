import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { Front } from "../../src/commands/front/front-settings.js";
import { DEFAULTS } from "../../src/config/config.js";
import { MOST_WORKERS } from "../../src/config/flag-values.js";
import { GRACE_MS, ROLLING_TUNNELS_MS } from "../../src/limits.js";
import { runCli } from "../cli/run-cli.js";
import { read } from "../support/folders.js";

const page = read("docs/restart-and-scale.md");
const rows = page
	.split("\n")
	.filter((line) => line.startsWith("| "))
	.map((line) => line.slice(2, -2).split(" | "));

function rowOf(situation: string, command: string): string {
	const found = rows.find(
		([first = "", second = ""]) =>
			first.startsWith(situation) && second.includes(command),
	);
	return found?.[2] ?? "";
}

test("only where somebody else holds the socket, the table promises that nothing is lost", () => {
	const table = rows.filter((cells) => cells.length === 3).slice(1);
	assert.ok(table.length >= 16, `only ${table.length} rows were found`);
	const lossless = table
		.filter(([, , notice = ""]) => /^(Nothing|No request is lost)/.test(notice))
		.map(([situation = ""]) => situation.replace(/\[|\].*|`/g, ""));
	assert.deepEqual(lossless, [
		"one process with the socket unit of front systemd",
		"--workers",
		"two daemons behind HAProxy",
		"supervisord, --workers",
		"gravity, GALAXY_PROXY_WORKERS in its environment",
	]);
});

test("the commands of the table are those of the printed units", () => {
	const printed = (kind: Front, workers: string) => {
		const flags = { sessions: "/srv/map.sqlite", workers };
		return PRINT[kind]({}, { flags, surroundings: { env: {}, cwd: "/" } });
	};
	assert.match(rowOf("`--workers`", "systemctl reload"), /^Nothing/);
	assert.match(printed("systemd", "2"), /ExecReload=.* -USR2 \$MAINPID/);
	const command = "supervisorctl signal USR2 galaxy_nodejs_proxy";
	assert.match(rowOf("supervisord, `--workers`", command), /^Nothing/);
	assert.ok(printed("supervisord", "2").includes(command));
});

test("its figures are the program's", () => {
	const says = (words: string) => assert.ok(page.includes(words), words);
	says(`\`--drain-delay\` (default: ${DEFAULTS.drainDelay})`);
	says(`\`--drain-timeout\` (default: ${DEFAULTS.drainTimeout})`);
	says(`within ${GRACE_MS / 1000} s`);
	says(`at most ${MOST_WORKERS}`);
	assert.equal(ROLLING_TUNNELS_MS, 3_600_000);
	says("up to an hour (`--tunnel-drain`)");
});

test("it names only flags that --help shows", async () => {
	const { stdout } = await runCli(["--help"]);
	const elsewhere = ["--cpus"];
	const flags = page.match(/(?<=[`\s])--[a-z][\w-]*/g) ?? [];
	assert.deepEqual(
		flags.filter(
			(flag) => !stdout.includes(`${flag} `) && !elsewhere.includes(flag),
		),
		[],
	);
});
