import { join } from "node:path";
import type { TestContext } from "node:test";
import {
	type GalaxyMap,
	scratchFolder,
	startGalaxyMap,
} from "../support/galaxy-map.js";
import { Browser } from "./browser.js";
import { deaths, moves } from "./changes.js";
import { Environment } from "./environment.js";
import { events, sleepingEvents } from "./events.js";
import { kernels, sleepingKernels } from "./kernels.js";
import { Session } from "./session.js";
import { Shift, type Work } from "./shift.js";
import { Tally } from "./tally.js";
import { departures, glances, pages, polls, uploads } from "./visits.js";

/** How many sessions live each life. */
const STEADY = 5;
const SLEEPY = 2;
const MORTAL = 2;
const MOVING = 2;

/** Sessions with their containers and browsers, who do the same all the time, until they are told to pause. */
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
		const path = join(scratchFolder(t), "session_map.sqlite");
		const load = new MixedLoad(startGalaxyMap(t, path));
		t.after(() => Promise.all(load.#environments.map((each) => each.kill())));
		const all = STEADY + SLEEPY + MORTAL + 2 * MOVING;
		for (let at = 0; at < all; at++) await load.#startEnvironment(at);
		return load;
	}

	/** The browsers' work on a daemon at this port. It begins with `resume`. */
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
		for (let at = 0; at < STEADY; at++) this.#beSteady(await open());
		for (let at = 0; at < SLEEPY; at++) this.#beSleepy(await open());
		for (let at = 0; at < MORTAL; at++) this.#beMortal(await open());
		for (let at = 0; at < MOVING; at++) this.#beMoving(await open(), take());
	}

	resume(): void {
		this.#shift.resume();
	}

	/** Resolves when nobody asks for anything and the browsers have closed. */
	async pause(): Promise<void> {
		await this.#shift.pause();
		for (const browser of this.#browsers) browser.close();
	}

	/** For good; to be called in a pause. */
	end(): void {
		this.#shift.end();
		for (const { complaints } of this.#environments)
			for (const complaint of complaints) this.tally.fail(complaint);
	}

	#beSteady(browser: Browser): void {
		this.#employ(browser, 1_500, pages);
		this.#employ(browser, 200, polls);
		this.#employ(browser, 200, events);
		this.#employ(browser, 300, kernels);
		this.#employ(browser, 1_500, uploads);
		this.#employ(browser, 700, departures);
	}

	#beSleepy(browser: Browser): void {
		this.#employ(browser, 5_000, pages);
		this.#employ(browser, 300, sleepingEvents);
		this.#employ(browser, 300, sleepingKernels);
	}

	#beMortal(browser: Browser): void {
		this.#employ(browser, 7_000, deaths);
		this.#employ(browser, 1_500, pages);
		this.#employ(browser, 200, polls);
		this.#employ(browser, 200, events);
		this.#employ(browser, 300, kernels);
		this.#employ(browser, 1_500, uploads);
	}

	#beMoving(browser: Browser, other: Environment): void {
		const moving = (): Work => moves(browser.session, this.map, other);
		this.#employ(browser, 1_500, moving);
		this.#employ(browser, 100, glances);
		this.#employ(browser, 200, events);
		this.#employ(browser, 300, kernels);
	}

	#employ(browser: Browser, ms: number, job: (browser: Browser) => Work): void {
		const name = `${job.name} of ${browser.session.environment.name}`;
		this.#shift.every(ms, name, job(browser));
	}

	async #startEnvironment(at: number): Promise<void> {
		const linux = process.platform === "linux";
		const host = linux ? `127.0.0.${10 + at}` : "127.0.0.1";
		const environment = new Environment(`environment-${at}`, host);
		await environment.start();
		this.#environments.push(environment);
	}
}
