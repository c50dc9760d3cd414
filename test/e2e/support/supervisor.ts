import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type Place, PROXY_MAIN, SUPPORT } from "./place.js";
import { isListening } from "./until.js";

const NAME = "galaxy_nodejs_proxy";

/** supervisord in the foreground with the block of Galaxy's documentation, whose proxy lives in a Galaxy tree. */
export class Supervisor {
	/** GALAXY_ROOT; the block's session map is database/session_map.sqlite in it. */
	readonly root: string;
	readonly #place: Place;

	private constructor(place: Place) {
		this.#place = place;
		this.root = place.file("galaxy-tree");
	}

	/** Resolves once the proxy listens on its port. */
	static async start(place: Place, proxyPort: number): Promise<Supervisor> {
		const supervisor = new Supervisor(place);
		const config = supervisor.#configured(proxyPort);
		const command = ["supervisord", "--nodaemon", "-c", config];
		await place.startReady("supervisord", command, () =>
			isListening(proxyPort),
		);
		return supervisor;
	}

	/** The file with its settings, written beside the tree. */
	#configured(proxyPort: number): string {
		const place = this.#place;
		const config = place.file("supervisord.conf");
		mkdirSync(join(this.root, "lib/galaxy/web/proxy"), { recursive: true });
		mkdirSync(join(this.root, "database"));
		symlinkSync(
			dirname(dirname(PROXY_MAIN)),
			join(this.root, "lib/galaxy/web/proxy/js"),
		);
		const block = readFileSync(
			join(SUPPORT, "galaxy-docs.supervisord.conf"),
			"utf8",
		)
			.replaceAll("GALAXY_ROOT", this.root)
			.replaceAll("GALAXY_USER", userInfo().username)
			.replaceAll("--port 8800", `--port ${proxyPort}`);
		writeFileSync(config, `${settings(place.folder)}\n${block}`);
		return config;
	}

	/** The state that supervisord gives its program, such as RUNNING, and its pid, 0 where it has none. */
	async status(): Promise<{ state: string; pid: number }> {
		const info = await this.#call("supervisor.getProcessInfo");
		const field = (name: string) =>
			new RegExp(`<name>${name}</name>\\s*<value><\\w+>(\\w*)<`).exec(
				info,
			)?.[1];
		return { state: field("statename") ?? "", pid: Number(field("pid")) };
	}

	/** Resolves when the program has ended. */
	async stop(): Promise<void> {
		await this.#call("supervisor.stopProcess");
	}

	/** supervisord's XML-RPC, which supervisorctl speaks too. */
	async #call(method: string): Promise<string> {
		const call = request({
			socketPath: `${this.#place.folder}/supervisor.sock`,
			path: "/RPC2",
			method: "POST",
		});
		const value = `<param><value><string>${NAME}</string></value></param>`;
		call.end(
			`<methodCall><methodName>${method}</methodName><params>${value}</params></methodCall>`,
		);
		const [response] = (await once(call, "response")) as [IncomingMessage];
		return text(response);
	}
}

function settings(folder: string): string {
	return `[supervisord]
logfile = ${folder}/supervisord-own.log
pidfile = ${folder}/supervisord.pid
childlogdir = ${folder}
[unix_http_server]
file = ${folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
`;
}
