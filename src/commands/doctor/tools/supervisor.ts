import { request } from "node:http";
import { text as textOf } from "node:stream/consumers";

/** A program of supervisord's, as its RPC interface reports it (supervisord.org/api.html, getAllProcessInfo). */
export interface Program {
	readonly name: string;
	/** RUNNING, STARTING, BACKOFF, FATAL, STOPPED, EXITED, STOPPING or UNKNOWN. */
	readonly state: string;
	readonly pid: number;
	/** Of the last end; "" if there was none. */
	readonly problem: string;
	readonly logFile: string;
}

const CALL =
	'<?xml version="1.0"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName></methodCall>';
const PATIENCE_MS = 5000;

/** @throws the system's error if the socket is missing, closed or not ours to open */
export async function programsOf(socketPath: string): Promise<Program[]> {
	const answer = await ask(socketPath);
	return [...answer.matchAll(/<struct>(.*?)<\/struct>/gs)].map(
		([, struct = ""]) => {
			const of = (name: string): string => memberOf(struct, name);
			return {
				name: of("name"),
				state: of("statename"),
				pid: Number(of("pid")),
				problem: of("spawnerr") || of("description"),
				logFile: of("stdout_logfile") || of("logfile"),
			};
		},
	);
}

/** The value of one member, whatever its type. */
function memberOf(struct: string, name: string): string {
	const pattern = new RegExp(
		`<name>${name}</name>\\s*<value>(?:<\\w+>)?([^<]*)`,
	);
	const [, value = ""] = pattern.exec(struct) ?? [];
	return value.replaceAll("&lt;", "<").replaceAll("&amp;", "&").trim();
}

function ask(socketPath: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const headers = { "Content-Type": "text/xml", Host: "localhost" };
		const sent = request(
			{ socketPath, path: "/RPC2", method: "POST", headers, agent: false },
			(response) => textOf(response).then(resolve, reject),
		);
		sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error("no answer")));
		sent.on("error", reject);
		sent.end(CALL);
	});
}
