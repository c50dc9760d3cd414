import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";

/** Why connections cannot be left without an answer here, or false where they can. */
export const noFullListener =
	process.platform !== "linux" && "only Linux drops a SYN for a full backlog";

/** Accepts everything once its input ends. */
const PROGRAM = `
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
listener = socket.socket(family)
listener.bind((host, port))
listener.listen(0)
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
while True: kept = listener.accept()
`;

/** A listener that answers no SYN. */
export interface FullListener {
	readonly port: number;
	/** From now on it accepts connections. */
	open(): void;
}

/** A listener whose backlog is full, so that Linux drops every further SYN. Node cannot listen with a backlog of 0. */
export async function startFullListener(
	t: TestContext,
	host = "127.0.0.1",
	listenPort = 0,
): Promise<FullListener> {
	const python = spawn("python3", ["-c", PROGRAM, host, String(listenPort)]);
	t.after(() => python.kill());
	const [line] = await once(python.stdout, "data");
	const port = Number(line);
	const filler = connect(port, host);
	t.after(() => filler.destroy());
	await once(filler, "connect");
	return { port, open: () => python.stdin.end() };
}
