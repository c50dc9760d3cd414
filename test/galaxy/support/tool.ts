import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { isListening, until } from "../../e2e/support/until.js";
import { ACTIVE_MS, api, ENDED_MS, tryApi } from "./api.js";
import { containerAt, containers } from "./engine.js";
import { currentLab, type Lab, type Person } from "./lab.js";
import { type Row, rowsOf } from "./map.js";
import { type Answer, ask } from "./visit.js";

/** Milliseconds until the proxy must reach a tool that is active and listens. */
const REACHED_MS = 5_000;

/** One entry point, as Galaxy's API shows it. */
export interface EntryPoint {
	readonly id: string;
	readonly name: string;
	readonly label: string;
	readonly active: boolean;
	/** A path of Galaxy's address, or a URL with a host name of its own. */
	readonly target?: string;
}

/** The request that the program in the container got. */
export interface SeenRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: [string, string][];
	readonly port: number;
	readonly environment: Record<string, string | null>;
}

interface Started {
	readonly job: string;
	readonly history: string;
	/** The dataset. */
	readonly output: string;
	/** Docker's name of it. */
	readonly container: string;
	readonly entryPoints: readonly EntryPoint[];
}

/** A tool that a user has started. */
export class Tool {
	private constructor(
		readonly lab: Lab,
		readonly owner: Person,
		readonly started: Started,
	) {}

	/**
	 * Starts it in a history of its own, and waits until the proxy reaches every entry point. It is ended after the test.
	 */
	static async start(
		t: TestContext,
		owner: Person,
		id: "lab_domain" | "lab_paths" | "lab_shared",
	): Promise<Tool> {
		const lab = currentLab();
		const key = owner.apiKey;
		const history = await api<{ id: string }>(lab, key, "POST histories", {
			name: id,
		});
		const { jobs, outputs } = await api<{
			jobs: { id: string }[];
			outputs: { id: string }[];
		}>(lab, key, "POST tools", { tool_id: id, history_id: history.id });
		const job = jobs[0]?.id ?? "";
		t.after(() => tryApi(lab, key, `DELETE jobs/${job}`));
		let points: EntryPoint[] = [];
		let state = "";
		const isActive = async () => {
			({ state } = await api<{ state: string }>(lab, key, `GET jobs/${job}`));
			assert.doesNotMatch(state, /error|ok|deleted/);
			points = await api(lab, key, `GET entry_points?job_id=${job}`);
			return points.length > 0 && points.every(({ active }) => active);
		};
		const soFar = () => `; the job is ${state}: ${JSON.stringify(points)}`;
		await until(`${id} to be active`, isActive, { patience: ACTIVE_MS, soFar });
		const own = await rowsOf(lab, points);
		const tool = new Tool(lab, owner, {
			job,
			history: history.id,
			output: outputs[0]?.id ?? "",
			container: await containerAt(lab, own[0]?.port),
			entryPoints: points,
		});
		// Galaxy calls them active as soon as Docker has published the ports.
		for (const { host, port } of own)
			await until("the program to listen", () => isListening(port, host));
		for (const { label } of points) await tool.isReached(label);
		return tool;
	}

	/** The entry point's address for its users. */
	url(label: string): string {
		const { target } = this.#point(label);
		assert.ok(target, `entry point ${label} has no target`);
		return target;
	}

	/** Galaxy's id of an entry point, which is its key in the map. */
	key(label: string): string {
		return this.#point(label).id;
	}

	#point(label: string): EntryPoint {
		const { entryPoints } = this.started;
		const found = entryPoints.find((point) => point.label === label);
		assert.ok(found, `no entry point ${label}`);
		return found;
	}

	/** The secret in the entry point's address. */
	token(label: string): string {
		const words: string[] = this.url(label).match(/[0-9a-z]{10,}/g) ?? [];
		const found = words[words.indexOf(this.key(label)) + 1];
		assert.ok(found, `no token in ${this.url(label)}`);
		return found;
	}

	/** The answer at the entry point; `path` is below it. */
	async ask(
		label: string,
		path = "",
		headers: Record<string, string> = {},
	): Promise<Answer> {
		return await ask(this.lab, below(this.url(label), path), { headers });
	}

	/** The request as the container saw it. */
	async seen(
		label: string,
		path = "",
		headers: Record<string, string> = {},
	): Promise<SeenRequest> {
		const { status, text } = await this.ask(label, path, headers);
		assert.equal(status, 200, text);
		return JSON.parse(text);
	}

	async isReached(label: string): Promise<void> {
		let last: Answer | undefined;
		const isSo = async () => {
			last = await this.ask(label, "", this.loggedIn);
			return last.status === 200;
		};
		const soFar = () => `; the last answer was ${last?.status} ${last?.text}`;
		await until(`an answer of ${label}`, isSo, { patience: REACHED_MS, soFar });
	}

	/** The owner's session, as the browser sends it. */
	get loggedIn(): Record<string, string> {
		return { Cookie: `galaxysession=${this.owner.session}` };
	}

	/** Waits until Galaxy says so of its job. */
	async jobIs(state: string): Promise<void> {
		const { apiKey } = this.owner;
		const call = `GET jobs/${this.started.job}`;
		const isSo = async () => {
			const job = await api<{ state: string }>(this.lab, apiKey, call);
			return job.state === state;
		};
		await until(`the job to be ${state}`, isSo, { patience: ENDED_MS });
	}

	async isRunning(): Promise<boolean> {
		const running = await containers(this.lab);
		return running.some(({ name }) => name === this.started.container);
	}

	/**
	 * The statuses of the entry point's answers from now until the last one comes; the same one several times counts once.
	 */
	async statusesUntil(label: string, last: number): Promise<number[]> {
		const met: number[] = [];
		const soFar = () => `; so far: ${met}`;
		const isLast = async () => {
			const { status } = await this.ask(label);
			if (met.at(-1) !== status) met.push(status);
			return status === last;
		};
		await until(`${last}`, isLast, { patience: ENDED_MS, soFar });
		return met;
	}

	/** The rows of its entry points. */
	async rows(): Promise<Row[]> {
		return await rowsOf(this.lab, this.started.entryPoints);
	}
}

/** The tool's address with this path instead of the page's. */
export function below(target: string, path: string): string {
	const start = /^(https?:\/\/[^/]+|(\/[^/]+){4})(?=\/|$)/.exec(target)?.[0];
	assert.ok(start, target);
	return `${start}/${path}`;
}
