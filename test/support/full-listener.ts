import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { within } from "./wait.js";

/** Why connections cannot be left without an answer here, or false where they can. */
export const noFullListener =
	process.platform !== "linux" && "only Linux drops a SYN for a full backlog";

/** Once its input ends, it accepts everything, and answers a request that has a length with its own body. */
const PROGRAM = `
import socket, sys, threading
host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
listener = socket.socket(family)
listener.bind((host, port))
listener.listen(0)
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
def serve(connection):
    stream = connection.makefile("rwb")
    length = 0
    for line in iter(stream.readline, b"\\r\\n"):
        if line == b"": return
        if line.lower().startswith(b"content-length:"): length = int(line.split(b":")[1])
    stream.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (length, stream.read(length)))
    stream.flush()
kept = []
while True:
    kept.append(listener.accept()[0])
    threading.Thread(target=serve, args=kept[-1:], daemon=True).start()
`;

/** A listener that answers no SYN. */
export interface FullListener {
	readonly port: number;
	/** From now on it accepts connections, and answers a request with its own body. */
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
	const [line] = await within(
		`a listener at ${host}`,
		once(python.stdout, "data"),
		() => `port ${listenPort}`,
	);
	const port = Number(line);
	const filler = connect(port, host);
	t.after(() => filler.destroy());
	// The listener may be gone first.
	filler.on("error", () => filler.destroy());
	await once(filler, "connect");
	return { port, open: () => python.stdin.end() };
}
