import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A service of systemd, as systemctl reports it. */
export interface Unit {
	readonly name: string;
	/** "" for a unit of the system; units of an account need it as an argument of systemctl and journalctl. */
	readonly scope: "" | "--user ";
	/** Such as "loaded" or "not-found". */
	readonly load: string;
	/** Such as "active", "activating" or "failed". */
	readonly state: string;
	/** Why it is in this state: of an active unit its substate, otherwise how its last process ended. */
	readonly detail: string;
	/** How often systemd has restarted it since somebody started it. */
	readonly restarts: number;
}

const PATIENCE_MS = 5000;
const LOG_LINES = "300";

/**
 * Looks for a unit of the system, then for one of this account: gravity writes the latter unless root runs it.
 * @returns undefined if systemctl cannot be asked
 */
export async function unitNamed(name: string): Promise<Unit | undefined> {
	const unit = await show(name, "");
	const isOfSystem = unit !== undefined && unit.load !== "not-found";
	if (isOfSystem || process.getuid?.() === 0) return unit;
	const own = await show(name, "--user ");
	return own === undefined || own.load === "not-found" ? unit : own;
}

async function show(
	name: string,
	scope: Unit["scope"],
): Promise<Unit | undefined> {
	const properties = "LoadState,ActiveState,SubState,Result,NRestarts";
	const args = [...words(scope), "show", name, `--property=${properties}`];
	const text = await output("systemctl", args);
	const of = (property: string): string =>
		new RegExp(`^${property}=(.*)$`, "m").exec(text)?.[1] ?? "";
	const state = of("ActiveState");
	if (state === "") return undefined;
	const [sub, result] = [of("SubState"), of("Result")];
	return {
		name,
		scope,
		load: of("LoadState"),
		state,
		detail: state === "active" || result === "" ? sub : result,
		restarts: Number(of("NRestarts")) || 0,
	};
}

/** The end of its log; empty if this account may not read it. */
export function journalOf({ name, scope }: Unit): Promise<string> {
	const lines = ["-n", LOG_LINES, "-o", "cat", "--no-pager"];
	return output("journalctl", [...words(scope), "-u", name, ...lines]);
}

function words(scope: Unit["scope"]): string[] {
	return scope.split(" ").filter(Boolean);
}

async function output(program: string, args: string[]): Promise<string> {
	const run = promisify(execFile)(program, args, { timeout: PATIENCE_MS });
	return (await run.catch(() => ({ stdout: "" }))).stdout;
}
