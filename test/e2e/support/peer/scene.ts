import { join } from "node:path";
import type { TestContext } from "node:test";
import { connect, type RawClient } from "../../../support/client.js";
import { STOPPED } from "../../../support/container.js";
import { scratchFolder } from "../../../support/folders.js";
import { until } from "../until.js";
import { type Container, LATER, startContainer } from "./container.js";
import { type ToolRow, writeMap } from "./map.js";
import { type Name, type Program, startProgram } from "./program.js";
import { PREFIX, to } from "./requests.js";
import { rowsOf } from "./rows.js";
import {
	answersOn,
	brokenOf,
	firstLine,
	type Shown,
	tellFields,
} from "./told.js";

export const ENDS = "the process ends";

/** Requests on other connections that are answered meanwhile where one is said to get no answer. */
const ENOUGH = 25;

/** Milliseconds after which one of them counts as unanswered. */
const LATE_MS = 1_000;

/** One program with its session map and a container that all rows lead to. */
export class Scene {
	readonly map: string;
	#program: Program | undefined;
	#rows = 0;

	private constructor(
		readonly t: TestContext,
		readonly name: Name,
		readonly container: Container,
		readonly stopped: number,
	) {
		this.map = join(scratchFolder(t), "interactivetools_map.sqlite");
		writeMap(this.map, rowsOf(container.port));
	}

	static async start(t: TestContext, name: Name): Promise<Scene> {
		return new Scene(t, name, await startContainer(t), STOPPED.port);
	}

	/** The program of most cases; started again where a case has ended it. */
	async program(): Promise<Program> {
		if (this.#program === undefined || this.#program.end() !== undefined)
			this.#program = await this.startServing(["--proxyPathPrefix", PREFIX]);
		return this.#program;
	}

	/** A program of the case's own, which has read its map. */
	async startServing(
		args: readonly string[],
		map = this.map,
	): Promise<Program> {
		const program = await this.start(args, map);
		await until("the map to be read", () => this.isServed(program), {
			soFar: program.output,
			patience: 20_000,
		});
		return program;
	}

	/** A program of the case's own, which may have ended already. */
	start(args: readonly string[], map: string): Promise<Program> {
		return startProgram(this.t, this.name, ["--sessions", map, ...args]);
	}

	/** A program without a map, as the inner one of two. */
	inner(...args: string[]): Promise<Program> {
		return startProgram(this.t, this.name, args);
	}

	/** A new folder. */
	folder(): string {
		return scratchFolder(this.t);
	}

	/** A map of the case's own with these rows. */
	write(...rows: ToolRow[]): string {
		const map = join(scratchFolder(this.t), "interactivetools_map.sqlite");
		writeMap(map, rows);
		return map;
	}

	/** A row that leads to the container, by an address of its own. */
	row(key: string, token: string | null, more: Partial<ToolRow> = {}): ToolRow {
		return {
			key,
			token,
			host: `127.0.1.${++this.#rows}`,
			port: this.container.port,
			...more,
		};
	}

	/** Sends each text on a connection of its own, one after another, and tells what came of it. */
	async all(texts: readonly string[], shown: Shown = {}): Promise<string[]> {
		const seen: string[] = [];
		for (const text of texts) seen.push(await this.ask(text, shown));
		return seen;
	}

	/** Sends the text on a new connection and tells what came of it, in one line. */
	async ask(text: string, shown: Shown = {}, on?: Program): Promise<string> {
		const program = on ?? (await this.program());
		const before = this.container.requests.length;
		const client = await this.#reach(program);
		if (client === undefined) return ENDS;
		client.send(text);
		const answer = await this.answerTo(client, program, shown);
		client.destroy();
		const got = this.container.requests.slice(before);
		const told = got.map(
			({ method, target, headers }) =>
				` <- ${[`${method} ${target}`, ...tellFields(headers, shown.fields)].join(", ")}`,
		);
		return answer + told.join("");
	}

	/** The next answer on the connection, or what came in its place. */
	async answerTo(
		client: RawClient,
		program: Program,
		shown: Shown = {},
	): Promise<string> {
		const answered = answersOn(client, shown).catch(() =>
			client.received === "" ? "closed" : brokenOf(client),
		);
		const rivals = [answered, program.ended.then(() => ENDS)];
		if (shown.maySilence) rivals.push(this.#silence(client, program));
		const first = await Promise.race(rivals);
		if (first !== "closed") return first;
		// A process that ends closes its connections first; one that goes on serves the next client.
		return (await this.whetherServed(program)) === ENDS ? ENDS : first;
	}

	/** Whether the program still serves clients. */
	async whetherServed(program: Program): Promise<string> {
		let isServed = false;
		await until("the next client to be served, or the end", async () => {
			isServed = await this.isServed(program);
			return isServed || program.end() !== undefined;
		});
		return isServed ? "the next client is served" : ENDS;
	}

	/** Whether the program runs and answers the next client, with whatever status. */
	async outlives(program: Program): Promise<boolean> {
		const answer = await this.ask(to("GET /a"), {}, program);
		return /^\d{3}/.test(answer) && program.end() === undefined;
	}

	/** A new connection, unless the program has ended. */
	async #reach(program: Program): Promise<RawClient | undefined> {
		return await connect(this.t, program.port).catch(async (error) => {
			// A dead process refuses connections a moment before its end is known here.
			if (program.end() === undefined) await program.ended;
			if (program.end() === undefined) throw error;
			return undefined;
		});
	}

	/** Whether the program leads a new client to the container of k1; an inner one is told where that is. */
	async isServed(program: Program): Promise<boolean> {
		const client = await this.#reach(program);
		if (client === undefined) return false;
		const late = setTimeout(() => client.destroy(), LATE_MS);
		const fields = [
			"Connection: close",
			"X-Interactive-Tool-Host: 127.0.0.1",
			`X-Interactive-Tool-Port: ${this.container.port}`,
		];
		client.send(to(`GET ${LATER}`, ...fields));
		const status = await client.response().then(
			(response) => response.status,
			() => undefined,
		);
		clearTimeout(late);
		client.destroy();
		return status === 200 || status === 413;
	}

	async #silence(client: RawClient, program: Program): Promise<string> {
		await this.later(program, () => client.ending !== undefined);
		return client.received === ""
			? "no answer"
			: `${firstLine(client)}, then nothing`;
	}

	/** Sends requests on other connections until enough have been answered, or it is over. */
	async later(program: Program, isOver: () => boolean): Promise<void> {
		for (let n = 0; n < ENOUGH && !isOver(); n++) await this.isServed(program);
	}
}
