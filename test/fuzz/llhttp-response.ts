import { type IncomingMessage, request } from "node:http";
import type { Asking } from "./container-response.js";
import { Bytes } from "./llhttp.js";

/** A response as Node's own client reads it. */
export interface LlhttpResponse {
	/** Its error code (HPE_..., ECONNRESET), or empty where the response is whole. */
	refusal: string;
	status: number;
	body: string;
}

/** Bytes of a head that it reads: more than the proxy, whose limit is the one under test. */
const HEAD_BYTES = 1024 * 1024;

/** Reads a container's bytes (latin1) and its FIN, as the answer to what was asked. */
export async function readLlhttpResponse(
	bytes: string,
	{ isHead }: Asking,
): Promise<LlhttpResponse> {
	const socket = new Bytes();
	const client = request({
		method: isHead ? "HEAD" : "GET",
		maxHeaderSize: HEAD_BYTES,
		insecureHTTPParser: false,
		createConnection: () => socket,
	});
	const read = new Promise<LlhttpResponse>((resolve) => {
		const refuse = (error: NodeJS.ErrnoException): void =>
			resolve({ refusal: error.code ?? error.message, status: 0, body: "" });
		client.on("error", refuse);
		client.on("upgrade", (_response, upgraded) => {
			upgraded.destroy();
			resolve({ refusal: "upgrade", status: 101, body: "" });
		});
		client.on("response", (response) => collect(response, resolve, refuse));
	});
	client.end();
	socket.push(Buffer.from(bytes, "latin1"));
	socket.push(null);
	return await read;
}

function collect(
	response: IncomingMessage,
	resolve: (read: LlhttpResponse) => void,
	refuse: (error: Error) => void,
): void {
	const body: Buffer[] = [];
	const push = response.push.bind(response);
	response.push = (chunk: Buffer | null) => {
		if (chunk !== null) body.push(chunk);
		else if (response.complete)
			resolve({
				refusal: "",
				status: response.statusCode ?? 0,
				body: Buffer.concat(body).toString("latin1"),
			});
		return push(chunk);
	};
	response.on("error", refuse);
	response.resume();
}
