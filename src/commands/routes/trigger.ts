import { type MapConfig, UsageError } from "../../config/config.js";
import type { Database } from "../../database.js";
import { NotWritten } from "../../session-map/map-edit.js";
import type {
	Steps,
	TriggerState,
} from "../../session-map/postgres/database-trigger.js";
import { print, printError } from "../command.js";
import { withDatabase } from "./map-entries.js";
import { problemText } from "./map-problem.js";

export interface TriggerOptions {
	readonly dryRun?: true;
}

type Trigger = typeof import("../../session-map/postgres/database-trigger.js");

/** Milliseconds: an index waits for all transactions that other programs have open, and reads the whole table. */
const INDEX_MS = 86_400_000;
/** Milliseconds until the admin gets a line about the wait. */
const WAIT_MS = 1_000;
const WAITING =
	"waiting for transactions that are open on this server: SELECT pid, state, query FROM pg_stat_activity shows them";

/** routes install-trigger. @throws UsageError */
export function installTrigger(
	config: MapConfig,
	options: TriggerOptions,
): Promise<number> {
	return change("install-trigger", config, options, {
		stepsOf: ({ stepsToInstall }, state) => stepsToInstall(state),
		summaryOf: installed,
	});
}

/** routes remove-trigger. @throws UsageError */
export function removeTrigger(
	config: MapConfig,
	options: TriggerOptions,
): Promise<number> {
	return change("remove-trigger", config, options, {
		stepsOf: ({ stepsToRemove }, state) => stepsToRemove(state),
		summaryOf: removed,
	});
}

interface Change {
	stepsOf(trigger: Trigger, state: TriggerState): Steps;
	/** Lines about the table as it is after the change. */
	summaryOf(state: TriggerState, trigger: Trigger): readonly string[];
}

async function change(
	command: string,
	config: MapConfig,
	{ dryRun }: TriggerOptions,
	{ stepsOf, summaryOf }: Change,
): Promise<number> {
	const database = databaseOf(config, command);
	const trigger = await import(
		"../../session-map/postgres/database-trigger.js"
	);
	const { notWritten } = await import(
		"../../session-map/postgres/database-edit.js"
	);
	try {
		return await withDatabase(
			database,
			async (client) => {
				const state = await trigger.triggerState(client);
				const steps = stepsOf(trigger, state);
				const missing = trigger.missingRights(state, steps);
				if (dryRun) {
					process.stdout.write(scriptOf(steps));
					for (const sentence of missing) printError(sentence);
					return 0;
				}
				refuseUnusable(state, steps, database);
				if (missing.length > 0)
					throw new NotWritten(
						`nothing was changed: ${missing.join("; ")}. Or let that role run what ${command} --dry-run prints, with psql.`,
					);
				const waiting = setTimeout(() => printError(WAITING), WAIT_MS);
				await trigger
					.runSteps(client, steps)
					.catch(async (error) => {
						throw await notWritten(client, error);
					})
					.finally(() => clearTimeout(waiting));
				for (const line of summaryOf(
					await trigger.triggerState(client),
					trigger,
				))
					print(line);
				return 0;
			},
			{ allowStandby: dryRun === true, statementMs: INDEX_MS },
		);
	} catch (error) {
		printError(problemText(error));
		return 1;
	}
}

/** @throws UsageError for a map in a file */
function databaseOf({ database, sessions }: MapConfig, command: string) {
	if (database !== undefined) return database;
	throw new UsageError(
		`routes ${command} is for maps in PostgreSQL: changes of ${sessions} are noticed without a trigger`,
	);
}

/** @throws NotWritten */
function refuseUnusable(
	state: TriggerState,
	{ together, alone }: Steps,
	{ name }: Database,
): void {
	if (together.length + alone.length === 0) return;
	if (state.isReadOnly)
		throw new NotWritten(
			`the database ${name} is read-only here: this server is a standby, or default_transaction_read_only is on. Name the primary in the URL.`,
		);
	const isInTheWay = (isNamed: boolean, what: string, remedy: string) => {
		if (isNamed)
			throw new NotWritten(
				`nothing was changed: ${what}. ${remedy}, and run this again.`,
			);
	};
	const doesNotify = state.triggers.some(({ isOurName }) => isOurName);
	isInTheWay(
		state.isNameTaken && !doesNotify,
		"the table has a trigger gxitproxy_notify that notifies nobody",
		"Find out which program made it, and rename it or drop it",
	);
	isInTheWay(
		state.function?.doesNotify === false,
		"there is a function gxitproxy_notify that notifies nobody",
		"Find out which program made it, and rename it or drop it",
	);
	isInTheWay(
		state.isIndexOther,
		"the index gxitproxy_host_port has other columns than host and port",
		"Rename it or drop it",
	);
}

/** For psql: what may be undone together, and what must run alone. */
function scriptOf({ together, alone }: Steps): string {
	const transaction =
		together.length > 0 ? ["BEGIN", ...together, "COMMIT"] : [];
	const all = [...transaction, ...alone];
	if (all.length === 0) return "-- nothing to do\n";
	return all.map((statement) => `${statement};\n`).join("");
}

function installed(state: TriggerState): readonly string[] {
	return [
		...othersOf(state),
		...state.triggers
			.filter(({ isOurs }) => isOurs)
			.map(({ name }) => `the trigger ${name} is there`),
		`the index ${state.index} is there`,
	];
}

function removed(
	state: TriggerState,
	{ TRIGGER, INDEX }: Trigger,
): readonly string[] {
	const isTaken = state.triggers.some(({ name }) => name === TRIGGER);
	const others = state.index === undefined ? [] : [state.index];
	return [
		...othersOf(state),
		...(isTaken ? [] : [`the trigger ${TRIGGER} is gone`]),
		`the index ${INDEX} is gone${others.map((name) => `; ${name} stays`).join("")}`,
	];
}

/** Triggers of other programs. */
function othersOf({ triggers }: TriggerState): string[] {
	return triggers
		.filter(({ isOurs }) => !isOurs)
		.map(
			({ name, function: body, isOff }) =>
				`the trigger ${name} with the function ${body} is of another program, and stays as it is: it ${isOff ? "is switched off" : "notifies too"}`,
		);
}
