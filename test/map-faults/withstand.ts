import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { GalaxyMap } from "../support/session-map.js";
import {
	endSetup,
	type Setup,
	type SetupOptions,
	startSetup,
	untilNewRows,
} from "./setup.js";

/** Damage that makes the map unreadable, and its repair. */
export interface Damage {
	readonly name: string;
	readonly damage: (setup: Setup) => unknown;
	/** Why it is unreadable, in the log. */
	readonly reason?: RegExp;
	/** Runs before the new rows are written. */
	readonly undo?: (setup: Setup) => unknown;
	/** Writes the new rows; by default the setup's Galaxy. */
	readonly writer?: (t: TestContext, setup: Setup) => GalaxyMap;
	readonly options?: SetupOptions;
}

/**
 * Damages the map of a running daemon: known sessions keep their answers, an unknown one is answered 503 and not 403; the
 * log has one line that the map is unreadable, and one that it is readable again.
 */
export async function withstand(
	t: TestContext,
	{ name, damage, reason = /./, undo, writer, options }: Damage,
): Promise<void> {
	const setup = await startSetup(t, options);
	const { client, daemon } = setup;
	client.tally();
	client.expect("comes", "403", "503");
	await damage(setup);
	client.expect("comes", "503");
	const line = await daemon.logged(
		({ msg }) => msg === "session map unreadable",
	);
	assert.match(String(line.reason), reason);
	await Promise.all([
		...["abc", "moves", "leaves"].map((each) => client.answers(each, 10)),
		client.until("comes", "503"),
	]);
	const during = client.tally();
	const states = ["readable", "unreadable", "readable"];
	const repair = async () => {
		await undo?.(setup);
		await setup.writeNewRows(writer?.(t, setup));
	};
	await finish(t, setup, { name, repair, during, states });
}

interface Finish {
	readonly name: string;
	/** By default it only writes the new rows. When it resolves, every answer follows them. */
	readonly repair?: (setup: Setup) => unknown;
	/** The answers so far; by default those up to the new rows. */
	readonly during?: string;
	/** The log's lines about the map; by default one. "any": the caller checks them. */
	readonly states?: string[] | "any";
}

/** Writes the new rows, waits until they apply, reports and stops the daemon. */
export async function finish(
	t: TestContext,
	setup: Setup,
	{ name, repair, during, states = ["readable"] }: Finish,
): Promise<void> {
	const { client } = setup;
	client.expect("moves", "B", "C");
	client.expect("leaves", "A", "403");
	client.expect("comes", "403", "503", "C");
	await (repair?.(setup) ?? setup.writeNewRows());
	const repaired = performance.now();
	await untilNewRows(setup);
	const after = Math.round(performance.now() - repaired);
	report(t, setup, name, `${during ?? client.tally()} | ${after}`);
	await endSetup(setup, states === "any" ? setup.states() : states);
}

/** A row for print.mjs: the name, the answers, the milliseconds until the new rows applied, the log's lines. */
export function report(
	t: TestContext,
	{ states }: Setup,
	name: string,
	answers: string,
): void {
	t.diagnostic(`| ${name} | ${answers} ms | ${states().slice(1)} |`);
}
