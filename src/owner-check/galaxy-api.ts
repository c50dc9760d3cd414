import { type ClientRequest, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { failure, type GalaxyAnswer, readAnswer } from "./galaxy-answer.js";

/** Questions to Galaxy at a time, which leaves its web processes to its users. */
const AT_A_TIME = 16;
/** Requests' questions that wait for one of these places: as many as are answered within ANSWER_MS at 30 ms each. */
const WAITING = 1_500;
/** Milliseconds for an answer. A request's question gets no more with the wait for a place. */
const ANSWER_MS = 3_000;
/** Milliseconds below which a question is not sent any more: Galaxy takes 30 to 110. */
const SHORTEST_MS = 100;
/** Bytes of an answer: Galaxy's have some hundred. */
const ANSWER_BYTES = 64 * 1024;

/** Asks Galaxy's API who owns an entry point. */
export class GalaxyApi {
	readonly #base: URL;
	#places = AT_A_TIME;
	/** Starts of questions that requests wait for, in order. */
	readonly #waiting: (() => void)[] = [];
	/** Starts of the others, which come after them. */
	readonly #background: (() => void)[] = [];

	/** @param galaxyUrl http or https, with Galaxy's path if it has one */
	constructor(galaxyUrl: string) {
		this.#base = new URL(galaxyUrl);
	}

	/** Whether a request's question would have to wait for too many others. */
	get isFull(): boolean {
		return this.#waiting.length >= WAITING;
	}

	/**
	 * Never rejects. Nothing of the answer is kept but its meaning.
	 * @param cookie the Cookie line's value (latin1)
	 * @param isAwaited whether a request waits for the answer
	 */
	async ask(
		key: string,
		cookie: string,
		isAwaited: boolean,
	): Promise<GalaxyAnswer> {
		const startedAt = performance.now();
		const queue = isAwaited ? this.#waiting : this.#background;
		if (this.#places > 0) this.#places--;
		else await new Promise<void>((resolve) => queue.push(resolve));
		const waitedMs = isAwaited ? performance.now() - startedAt : 0;
		try {
			return await this.#send(key, cookie, ANSWER_MS - waitedMs);
		} finally {
			// The place passes on to the next question.
			const next = this.#waiting.shift() ?? this.#background.shift();
			if (next === undefined) this.#places++;
			else next();
		}
	}

	#send(key: string, cookie: string, time: number): Promise<GalaxyAnswer> {
		const late = failure(`no answer within ${ANSWER_MS / 1000} s`);
		if (time < SHORTEST_MS) return Promise.resolve(late);
		return new Promise((resolve) => {
			const asked = this.#request(key, cookie);
			const timer = setTimeout(() => settle(late), time);
			function settle(answer: GalaxyAnswer): void {
				clearTimeout(timer);
				resolve(answer);
				asked.destroy();
			}
			function onError({ code, message }: NodeJS.ErrnoException): void {
				settle(failure(code ?? message));
			}
			asked.on("error", onError);
			asked.on("response", (response) => {
				let body = "";
				response.setEncoding("utf8").on("error", onError);
				response.on("data", (text: string) => {
					body += text;
					if (body.length > ANSWER_BYTES) settle(failure("a long answer"));
				});
				response.on("end", () => {
					const { statusCode = 0 } = response;
					settle(readAnswer(statusCode, body));
				});
			});
			asked.end();
		});
	}

	/** A new connection: Galaxy may close a kept one just then. */
	#request(key: string, cookie: string): ClientRequest {
		const { protocol, pathname } = this.#base;
		const base = pathname.replace(/\/+$/, "");
		const path = `${base}/api/entry_points/${encodeURIComponent(key)}/access`;
		const request = protocol === "https:" ? requestHttps : requestHttp;
		const headers = {
			Accept: "application/json",
			Cookie: cookie,
			"User-Agent": "galaxy-proxy",
		};
		return request(this.#base, { path, headers, agent: false });
	}
}
