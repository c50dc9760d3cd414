import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { doctorLines, printed } from "./support/doctor.js";
import { docker } from "./support/engine.js";
import { currentLab, person, rootOf } from "./support/lab.js";
import { mapFile } from "./support/settings.js";
import { Tool } from "./support/tool.js";

const lab = currentLab();

/** What doctor says about secrets in reach of containers. */
async function dangers(config: string): Promise<string[]> {
	const lines = await doctorLines(lab, "job mounts", config);
	return lines.filter((line) => /which containers mount/.test(line));
}

const READ = `
import sqlite3, sys
for row in sqlite3.connect("file:" + sys.argv[1] + "?immutable=1", uri=True).execute("SELECT token FROM gxitproxy"):
    print(*row)
`;

test("a tool reads everybody's tokens in a map below Galaxy's folder, not where front galaxy puts it", async (t) => {
	const config = join(rootOf(lab), "config/galaxy.yml");
	const [anna, ben] = await Promise.all([
		Tool.start(t, person(lab, "anna"), "lab_domain"),
		Tool.start(t, person(lab, "ben"), "lab_domain"),
	]);
	const within = (...command: string[]) =>
		docker(lab, "exec", ben.started.container, ...command);
	const read = (file: string) => within("python3", "-c", READ, file);

	const [row] = await anna.rows();
	assert.ok(row);
	const tokens = (await read(mapFile(lab))).split("\n");
	assert.ok(tokens.includes(row.token), "ben's tool has anna's token");
	const before = await dangers(config);
	for (const line of before) t.diagnostic(line);
	const ofMap = (lines: string[]) =>
		lines.filter((line) => line.startsWith("wrong: the map, "));
	assert.equal(ofMap(before).length, 1);

	const advice = await printed("front", "galaxy", "--config", config);
	const [galaxy = ""] = advice.split("# ---- job_conf.yml ----");
	const place: string = parse(galaxy).galaxy.interactivetools_map;
	const format = "{{range .Mounts}}{{println .Source}}{{end}}";
	const mounts = await docker(
		lab,
		...["inspect", "--format", format, ben.started.container],
	);
	for (const mount of mounts.split("\n").filter(Boolean))
		assert.match(relative(mount, place), /^\.\.\//, mount);
	await assert.rejects(within("test", "-e", dirname(place)));

	// That place belongs to the machine, so the file itself is put beside Galaxy's folder.
	const beside = join(lab.folder, "map/interactivetools_map.sqlite");
	mkdirSync(dirname(beside), { recursive: true });
	cpSync(mapFile(lab), beside);
	await assert.rejects(read(beside), /unable to open database file/);
	const settings = parse(readFileSync(config, "utf8"));
	settings.galaxy.interactivetools_map = beside;
	const moved = join(lab.folder, "moved.yml");
	writeFileSync(moved, stringify(settings));
	assert.deepEqual(ofMap(await dangers(moved)), []);
});
