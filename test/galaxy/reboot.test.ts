import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startEngine, stopEngine } from "./support/engine.js";
import { startGalaxy, stopGalaxy, useProxy } from "./support/gravity.js";
import { currentLab, type Lab, person } from "./support/lab.js";
import { below, type SeenRequest, Tool } from "./support/tool.js";
import { type Answer, Channel, publicUrl } from "./support/visit.js";

const LABELS = ["stripped", "whole", "field", "domain"];

const way = "in galaxy_root";
/** With PEER=1 gx-it-proxy is asked too; npm may compile for minutes before. */
const { PEER } = process.env;

test("after a restart of Galaxy, and of the engine, nobody reaches another user's container by an old address", async (t) => {
	const lab = currentLab();
	const [anna, ben] = [person(lab, "anna"), person(lab, "ben")];
	await useProxy(lab, { way });
	// Docker counts the ports from the first one again.
	await stopEngine(lab);
	await startEngine(lab);
	const paths = await Tool.start(t, anna, "lab_paths");
	const domain = await Tool.start(t, anna, "lab_domain");
	const rows = [...(await paths.rows()), ...(await domain.rows())];

	await stopGalaxy(lab);
	await startGalaxy(lab);
	await t.test("Galaxy was restarted: the tool goes on", async () => {
		await paths.jobIs("error");
		assert.deepEqual(await paths.rows(), rows.slice(0, LABELS.length));
		for (const label of LABELS)
			assert.equal(await reachedBy(paths, label), anna.email);
		assert.equal(await reachedBy(domain, "domain"), anna.email);
	});
	await t.test("with the owner check it does not", async () => {
		await useProxy(lab, {
			way,
			environment: {
				GALAXY_PROXY_CHECK_OWNER: "1",
				GALAXY_PROXY_GALAXY_URL: publicUrl(lab),
			},
		});
		for (const label of LABELS.slice(0, 3))
			assert.equal(await reachedBy(paths, label), 503);
	});

	await stopEngine(lab);
	await startEngine(lab);
	await useProxy(lab, { way });
	await t.test("the engine was restarted: nothing is there", async () => {
		for (const label of LABELS)
			assert.equal(await reachedBy(paths, label), 502);
	});

	const bens = await Tool.start(t, ben, "lab_paths");
	const portsOf = (tool: Tool) =>
		tool.rows().then((all) => all.map(({ port }) => port).sort());
	assert.deepEqual(await portsOf(bens), await portsOf(paths));
	await t.test("ben has the ports of anna's tool by path", async () => {
		for (const label of LABELS) {
			assert.equal(await reachedBy(paths, label), 502);
			assert.equal(await reachedBy(bens, label), ben.email);
		}
	});
	await asksMeanwhile(t, lab, domain);
	if (PEER !== undefined)
		await t.test("gx-it-proxy leads to ben's containers", async () => {
			t.after(() => useProxy(lab, { way }));
			await useProxy(lab, { way: "gx-it-proxy" });
			for (const label of LABELS) {
				const reached = await reachedBy(paths, label);
				t.diagnostic(`anna's old address of ${label} leads to ${reached}`);
				assert.equal(reached, ben.email);
			}
		});
});

/** Anna's page asks again and again while ben's tool starts, which gets her old port, and keeps the WebSocket that it gets. */
async function asksMeanwhile(
	t: TestContext,
	lab: Lab,
	old: Tool,
): Promise<void> {
	const name = "anna's page goes on asking while ben's tool starts";
	await t.test(name, async (t) => {
		const met = new Map<Reached, number>();
		let page: Channel | undefined;
		let goesOn = true;
		t.after(() => {
			goesOn = false;
		});
		const asking = (async () => {
			while (goesOn) {
				// What is in flight when ben's row comes is cut off.
				const reached = await overHttp(old, "domain").catch(() => "a cut");
				met.set(reached, (met.get(reached) ?? 0) + 1);
				page ??= await openPage(old, "domain").catch(() => undefined);
			}
		})();
		const bens = await Tool.start(t, person(lab, "ben"), "lab_domain");
		const portsOf = async (tool: Tool) =>
			(await tool.rows()).map(({ port }) => port);
		assert.deepEqual(await portsOf(bens), await portsOf(old));
		goesOn = false;
		await asking;
		t.diagnostic(`it met ${JSON.stringify([...met])}`);
		t.diagnostic(page ? "its WebSocket opened" : "no WebSocket opened");
		await page?.closed();
		assert.equal(await reachedBy(bens, "domain"), person(lab, "ben").email);
		assert.equal(await reachedBy(old, "domain"), 502);
	});
}

type Reached = string | number;

/** Whose container answers to the owner of this tool, by HTTP and by WebSocket; or the status of both refusals. */
async function reachedBy(tool: Tool, label: string): Promise<Reached> {
	const reached = await overHttp(tool, label);
	assert.equal(await overWebSocket(tool, label), reached);
	return reached;
}

async function overHttp(tool: Tool, label: string): Promise<Reached> {
	const { status, text } = await tool.ask(label, "", tool.loggedIn);
	return status === 200 ? emailIn(text) : status;
}

async function overWebSocket(tool: Tool, label: string): Promise<Reached> {
	const opened = await openChannel(tool, label);
	if (!(opened instanceof Channel)) return opened.status;
	const seen = await opened.message(0);
	await opened.close();
	return emailIn(seen);
}

async function openPage(
	tool: Tool,
	label: string,
): Promise<Channel | undefined> {
	const opened = await openChannel(tool, label);
	return opened instanceof Channel ? opened : undefined;
}

function openChannel(tool: Tool, label: string): Promise<Channel | Answer> {
	const url = below(tool.url(label), "");
	return Channel.open(tool.lab, url, tool.loggedIn);
}

function emailIn(text: string): string {
	const { environment }: SeenRequest = JSON.parse(text);
	return environment.EMAIL ?? "";
}
