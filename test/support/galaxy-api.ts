import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { Changes } from "./wait.js";

/** What Galaxy says to the owner of an entry point. */
export type EntryPointState = "active" | "not active" | "ended";

/** One question that Galaxy's API was asked. */
export interface AskedQuestion {
	readonly method: string;
	readonly path: string;
	readonly host: string;
	/** The Cookie line. */
	readonly cookie: string;
}

/** Answers a question in Galaxy's place. */
export type AnswerInstead = (
	response: ServerResponse,
	request: IncomingMessage,
) => void;

/** A server that answers GET /api/entry_points/KEY/access as Galaxy 26.1 does. */
export class GalaxyApiServer {
	/** The entry points, by key: whose they are, by the session cookie's value, and in which state. */
	readonly entryPoints = new Map<
		string,
		{ owner: string; state: EntryPointState }
	>();
	/** Sessions that Galaxy knows besides the owners'. For any other cookie it begins a session. */
	readonly others = new Set<string>();
	/** Replaces Galaxy's answer. */
	instead: AnswerInstead | undefined;
	/** The questions so far, in order. */
	readonly asked: AskedQuestion[] = [];
	readonly #changes = new Changes();

	constructor(
		readonly url: string,
		private readonly base: string,
	) {}

	/** Waits until this many questions have come in all. */
	async questions(count: number): Promise<void> {
		await this.#changes.wait(
			`question ${count}`,
			() => this.asked.length >= count || undefined,
			() => JSON.stringify(this.asked),
		);
	}

	answer(request: IncomingMessage, response: ServerResponse): void {
		const { method = "", url: path = "", headers } = request;
		const { host = "", cookie = "" } = headers;
		this.asked.push({ method, path, host, cookie });
		this.#changes.notify();
		if (this.instead === undefined) this.#answer(path, cookie, response);
		else this.instead(response, request);
	}

	#answer(path: string, cookie: string, response: ServerResponse): void {
		const start = `${this.base}/api/entry_points/`;
		const key = path.startsWith(start)
			? /^([^/]+)\/access$/.exec(path.slice(start.length))?.[1]
			: undefined;
		if (key === undefined) {
			send(response, 404, {});
			return;
		}
		// Galaxy's API takes the last cookie of the name.
		const session = /.*galaxysession=([^;]*)/.exec(cookie)?.[1] ?? "";
		const owners = [...this.entryPoints.values()].map(({ owner }) => owner);
		if (!this.others.has(session) && !owners.includes(session))
			response.setHeader("Set-Cookie", "galaxysession=made; Path=/; HttpOnly");
		const entryPoint = this.entryPoints.get(key);
		if (entryPoint === undefined)
			refuse(response, 400, 400_009, "Wrong id, unable to decode");
		else if (entryPoint.owner !== session)
			refuse(response, 403, 403_002, "This entry point is not yours.");
		else if (entryPoint.state === "active")
			send(response, 200, { target: `/interactivetool/ep/${key}/x/` });
		else
			refuse(
				response,
				400,
				0,
				entryPoint.state === "ended" ? ENDED : NOT_ACTIVE,
			);
	}
}

const NOT_ACTIVE =
	"InteractiveTool is not active. If you recently launched this tool it may not be ready yet, please wait a moment and refresh this page.";
const ENDED = "InteractiveTool has ended. You will have to start a new one.";

function refuse(
	response: ServerResponse,
	status: number,
	err_code: number,
	err_msg: string,
): void {
	send(response, status, { err_msg, err_code });
}

function send(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "Content-Type": "application/json" });
	response.end(JSON.stringify(body));
}

/** Starts one on a free port, ended after the test. base: the path of Galaxy, without a slash at its end. */
export async function startGalaxyApi(
	t: Pick<TestContext, "after">,
	base = "",
): Promise<GalaxyApiServer> {
	const server = createServer((request, response) =>
		galaxy.answer(request, response),
	);
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	const galaxy = new GalaxyApiServer(`http://127.0.0.1:${port}${base}`, base);
	return galaxy;
}
