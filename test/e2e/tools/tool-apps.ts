import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SERVERS } from "../support/front-servers.js";
import { Place } from "../support/place.js";
import { catalogue, isInstalled } from "./catalogue.js";
import { type ProxyName, ToolSite } from "./site.js";
import { type Trial, type TrialForm, tryApp } from "./trial.js";

/**
 * npm run test:tool-apps -- [--proxy ours|peer] [--front NAME] [--only NAME,NAME] [--forms FORM,FORM] [--direct] [--patience S]
 *
 * Uses each installed application (install.sh) in Chromium through nginx and the proxy, in each form that its makers
 * support, and prints a table. nginx is configured as Galaxy documents it; with --front the named server (nginx, apache,
 * haproxy or caddy) is, as `galaxy-proxy front` prints it. Pictures of the pages and the logs stay in
 * test/e2e/.work/tool-apps-PROXY-FRONT/. The exit code is 1 where something failed.
 */
const { values } = parseArgs({
	options: {
		proxy: { type: "string", default: "ours" },
		front: { type: "string", default: "documented" },
		only: { type: "string", default: Object.keys(catalogue).join() },
		forms: { type: "string" },
		direct: { type: "boolean", default: false },
		patience: { type: "string", default: "120" },
	},
});

const proxy: ProxyName = values.proxy === "peer" ? "peer" : "ours";
const place = new Place(`tool-apps-${proxy}-${values.front}`);
const rows: { name: string; trial: Trial }[] = [];
try {
	const front = SERVERS.find((name) => name === values.front);
	if (front === undefined && values.front !== "documented")
		throw new Error(`no front ${values.front}: ${SERVERS.join()}`);
	const site = await ToolSite.open(place, proxy, front);
	for (const name of values.only.split(",")) {
		const app = catalogue[name];
		if (app === undefined) throw new Error(`no application ${name}`);
		if (!isInstalled(app)) {
			console.log(`${app.name}: not installed`);
			continue;
		}
		const forms: TrialForm[] = values.direct
			? ["direct", ...app.forms]
			: [...app.forms];
		for (const form of forms) {
			if (values.forms && !values.forms.split(",").includes(form)) continue;
			const started = performance.now();
			const trial = await tryApp(
				site,
				{ name, app, form },
				Number(values.patience) * 1_000,
			).catch(notStarted(form));
			rows.push({ name: app.name, trial });
			tell(app.name, trial, performance.now() - started);
		}
	}
} finally {
	writeFileSync(place.file("results.json"), JSON.stringify(rows, null, "\t"));
	await place.close().catch(({ message }) => console.log(message));
}
console.log(table());
process.exitCode = rows.every(({ trial }) => trial.done) ? 0 : 1;

function notStarted(form: TrialForm) {
	return (error: Error): Trial => ({
		...{ form, done: undefined, failure: error.message },
		...{ failures: [], connections: 0, leaks: 0 },
	});
}

function tell(name: string, trial: Trial, ms: number): void {
	const { form, done, failure, failures } = trial;
	const result = done ?? `FAILED: ${failure?.slice(0, 2_000)}`;
	console.log(`${name}, ${form}: ${result} (${Math.round(ms / 1000)} s)`);
	for (const line of failures.slice(0, 12)) console.log(`    ${line}`);
}

/** In Markdown, a line for each application and form. */
function table(): string {
	const lines = rows.map(({ name, trial }) => {
		const { form, done, connections, leaks, failures } = trial;
		return `| ${name} | ${form} | ${done ?? "failed"} | ${connections} | ${leaks} | ${failures.length} |`;
	});
	return [
		"| application | form | what was done | connections | session cookies | failed requests |",
		"| --- | --- | --- | --- | --- | --- |",
		...lines,
	].join("\n");
}
