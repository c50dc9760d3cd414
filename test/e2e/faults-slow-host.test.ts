import assert from "node:assert/strict";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { makeOtherHost, noNetwork } from "./support/network.js";
import { placeFor } from "./support/place.js";

/** More than the sockets between the hosts buffer. */
const BODY = Buffer.alloc(12_000_000, "x");

/**
 * Reads 70 kB/s for three times the time limit, then the rest. Its system acknowledges some 130 kB at once, so there is
 * progress every two seconds.
 */
const PROGRAM = `
import socket, sys, time
listener = socket.create_server((sys.argv[1], 0))
print(listener.getsockname()[1], flush=True)
connection = listener.accept()[0]
data = b""
for step in range(120):
    data += connection.recv(7000)
    time.sleep(0.1)
head = data.index(b"\\r\\n\\r\\n") + 4
count = len(data) - head
while count < int(sys.argv[2]): count += len(connection.recv(1 << 20))
connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
connection.recv(1)
`;

test("a container on another host that reads slowly gets the whole body", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "slow-host");
	const { address, within } = makeOtherHost(place);
	const length = String(BODY.length);
	const command = [...within, "python3", "-c", PROGRAM, address, length];
	const program = place.start("slow-reader", command, { talks: true });
	const [port] = await once(program.stdout as Readable, "data");
	const daemon = await startDaemon(t, {
		sessions: { abc: { host: address, port: Number(port) } },
		args: ["--body-timeout", "4"],
	});
	const client = await connect(t, daemon.port);
	client.send(request("POST /", `Content-Length: ${length}`)).send(BODY);
	const { status } = await client.response();
	assert.equal(status, 200);
});
