import { once } from "node:events";
import {
	anonymous,
	type RawClient,
	type RawResponse,
	UPGRADE,
	values,
} from "../support/client.js";
import { ClosedEarly } from "../support/wire.js";

/** The path to which the container gives a good answer. */
export const GOOD = "/good";

/** The peers of one kind that play at the same time. */
export interface Company {
	/** Resolves when all of them have called it. */
	meet(): Promise<void>;
	/** Resolves when the daemon has logged an exchange of this session at a path that is not GOOD. */
	settled(key: string): Promise<void>;
}

/** The client's side of one hostile peer. It owns its connection. */
export class Peer {
	constructor(
		readonly client: RawClient,
		/** Its session. */
		readonly key: string,
		readonly company: Company,
	) {}

	/** A request's head with this session's cookie. */
	ask(first: string, ...lines: string[]): string {
		return anonymous(first, `Cookie: galaxysession=${this.key}`, ...lines);
	}

	askUpgrade(path: string, ...lines: string[]): string {
		return this.ask(`GET ${path}`, ...UPGRADE, ...lines);
	}

	send(bytes: string | Uint8Array): this {
		this.client.send(bytes);
		return this;
	}

	/**
	 * The outcome: "200" where the response is complete and ends the connection, "200, then 200" where a good request
	 * follows on it, "200 cut" or "200 reset" where it is incomplete, "closed" or "reset" where there is none.
	 */
	async answer(
		options: { head?: boolean; last?: boolean } = {},
	): Promise<string> {
		const before = this.client.receivedBytes;
		try {
			const { status, headers } = await this.#final(options.head ?? false);
			const over = values(headers, "Connection").includes("close");
			if (status === 101 || over || options.last) return String(status);
			return `${status}, then ${await this.good()}`;
		} catch (error) {
			if (!(error instanceof ClosedEarly)) throw error;
			return this.#cut(before);
		}
	}

	/** The outcome of a good request: "200" where the answer is its own. */
	async good(): Promise<string> {
		const target = `${GOOD}?${this.key}`;
		try {
			const { status, text } = await this.send(
				this.ask(`GET ${target}`),
			).client.response();
			return status === 200 && text !== target
				? `another's answer: ${JSON.stringify(text)}`
				: String(status);
		} catch (error) {
			if (!(error instanceof ClosedEarly)) throw error;
			return "closed";
		}
	}

	/** Waits for the end of the connection, however long it takes. */
	async ending(): Promise<string> {
		if (this.client.ending === undefined)
			await Promise.race([
				once(this.client.socket, "end"),
				once(this.client.socket, "close"),
			]);
		return this.client.ending === "end" ? "closed" : "reset";
	}

	/** Leaves with a FIN, or with an RST. */
	leave(how: "FIN" | "RST"): string {
		if (how === "FIN") this.client.end();
		else this.client.reset();
		return "gone";
	}

	/** Skips interim responses. */
	async #final(head: boolean): Promise<RawResponse> {
		for (;;) {
			const response = await this.client.response({ head });
			if (response.status >= 200 || response.status === 101) return response;
		}
	}

	#cut(before: number): string {
		const { received, ending } = this.client;
		const text = received
			.slice(before)
			.replace(/^(HTTP\/1.1 1.*\r\n\r\n)+/, "");
		const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
		if (status === undefined) return ending === "end" ? "closed" : "reset";
		return `${status} ${ending === "end" ? "cut" : "reset"}`;
	}
}
