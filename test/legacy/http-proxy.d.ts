/** The used part of http-proxy 1.18.1, which has no types. */
declare module "http-proxy" {
	import type { IncomingMessage, ServerResponse } from "node:http";
	import type { Duplex } from "node:stream";

	interface To {
		target: { host: string; port: number };
	}
	interface ProxyServer {
		on(event: "proxyRes", use: (answer: IncomingMessage) => void): this;
		web(
			request: IncomingMessage,
			response: ServerResponse,
			to: To,
			failed: (error: Error) => void,
		): void;
		ws(
			request: IncomingMessage,
			socket: Duplex,
			head: Buffer,
			to: To,
			failed: (error: Error) => void,
		): void;
	}
	const httpProxy: {
		createProxyServer(options: { ws: boolean }): ProxyServer;
	};
	export default httpProxy;
}
