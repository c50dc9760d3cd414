import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { makeOtherHost, type OtherHost } from "./network.js";
import type { Place } from "./place.js";
import { logOf } from "./ready.js";

/** /small answers, /silent never does, /echo gives back what it got, and an upgrade becomes an echo. */
const PROGRAM = `
const server = require("node:http").createServer((request, response) => {
	if (request.url === "/silent") return;
	if (request.url === "/echo") return void request.pipe(response);
	response.end("ok");
});
server.on("upgrade", (request, socket) => {
	socket.on("error", () => socket.destroy());
	socket.write("HTTP/1.1 101 Yes\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n");
	socket.pipe(socket);
});
server.listen(0, "0.0.0.0", () => console.log(server.address().port));`;

/** A host of its own with one container. */
export interface EchoHost {
	readonly host: OtherHost;
	readonly port: number;
	readonly program: ChildProcess;
}

export async function startEchoHost(place: Place): Promise<EchoHost> {
	const host = makeOtherHost(place);
	const command = [...host.within, process.execPath, "-e", PROGRAM];
	const program = place.start("echo-host", command, { talks: true });
	if (program.stdout === null) throw new Error("it has no output");
	const ended = once(program, "exit").then(() => {
		throw new Error(`it ended at its start${logOf(place, "echo-host")}`);
	});
	const [port] = await Promise.race([once(program.stdout, "data"), ended]);
	return { host, port: Number(port), program };
}
