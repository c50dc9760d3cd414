import type { TestContext } from "node:test";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";
import { Browser } from "./browser.js";
import { Environment } from "./environment.js";
import { events, sleepingEvents } from "./events.js";
import { kernels, sleepingKernels } from "./kernels.js";
import { deaths, moves, Session } from "./session.js";
import { Shift, type Work } from "./shift.js";
import { Tally } from "./tally.js";
import { departures, glances, pages, polls, uploads } from "./visits.js";

/** Numbers of sessions: with a steady container, a sleeping tab, a container that dies, a container that changes. */
const STEADY = 5;
const SLEEPY = 2;
const MORTAL = 2;
const MOVING = 2;

/** A browser's work, every so many milliseconds. */
type Job = readonly [ms: number, job: (browser: Browser) => Work];

const FOLLOWING: readonly Job[] = [
	[200, events],
	[300, kernels],
];
const BUSILY: readonly Job[] = [
	[1_500, pages],
	[200, polls],
	[1_500, uploads],
	...FOLLOWING,
];
const STEADILY: readonly Job[] = [...BUSILY, [700, departures]];
const SLEEPILY: readonly Job[] = [
	[5_000, pages],
	[300, sleepingEvents],
	[300, sleepingKernels],
];

/** Sessions with their containers and browsers, which repeat the same work until they are paused. */
export class MixedLoad {
	readonly tally = new Tally();
	readonly #shift = new Shift((error) =>
		this.tally.fail(error instanceof Error ? `${error.stack}` : `${error}`),
	);
	readonly #environments: Environment[] = [];
	readonly #browsers: Browser[] = [];

	private constructor(readonly map: GalaxyMap) {}

	/** Starts the containers and writes the map. All of it ends after the test. */
	static async prepare(t: TestContext): Promise<MixedLoad> {
		const load = new MixedLoad(startGalaxyMap(t));
		t.after(() => Promise.all(load.#environments.map((each) => each.kill())));
		const all = STEADY + SLEEPY + MORTAL + 2 * MOVING;
		for (let at = 0; at < all; at++) await load.#startEnvironment(at);
		return load;
	}

	/** Assigns the browsers' work on a daemon at this port. It begins with `resume`. */
	async assign(port: number): Promise<void> {
		const free = [...this.#environments];
		const take = (): Environment => free.pop() as Environment;
		const open = async (): Promise<Browser> => {
			const environment = take();
			const session = new Session(environment);
			await this.map.put(session.key, environment.host, environment.port);
			const browser = new Browser(session, port, this.tally);
			this.#browsers.push(browser);
			return browser;
		};
		for (let at = 0; at < STEADY; at++) this.#employ(await open(), STEADILY);
		for (let at = 0; at < SLEEPY; at++) this.#employ(await open(), SLEEPILY);
		for (let at = 0; at < MORTAL; at++)
			this.#employ(await open(), [[7_000, deaths], ...BUSILY]);
		for (let at = 0; at < MOVING; at++) {
			const browser = await open();
			const other = take();
			const moving = (): Work => moves(browser.session, this.map, other);
			const rest: Job[] = [[1_500, moving], [100, glances], ...FOLLOWING];
			this.#employ(browser, rest);
		}
	}

	resume(): void {
		this.#shift.resume();
	}

	/** Resolves when no request is in flight and the browsers have closed. */
	async pause(): Promise<void> {
		await this.#shift.pause();
		for (const browser of this.#browsers) browser.close();
	}

	/** Called in a pause: no work begins again. */
	end(): void {
		this.#shift.end();
		for (const { complaints } of this.#environments)
			for (const complaint of complaints) this.tally.fail(complaint);
	}

	#employ(browser: Browser, jobs: readonly Job[]): void {
		for (const [ms, job] of jobs) {
			const name = `${job.name} of ${browser.session.environment.name}`;
			this.#shift.every(ms, name, job(browser));
		}
	}

	async #startEnvironment(at: number): Promise<void> {
		const linux = process.platform === "linux";
		const host = linux ? `127.0.0.${10 + at}` : "127.0.0.1";
		const environment = new Environment(`environment-${at}`, host);
		await environment.start();
		this.#environments.push(environment);
	}
}
