import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

// The log said "refused a message" of a 400, and "no place for a client" of a 503.
for (const status of [400, 503])
	test(`a container that cuts its ${status} short has failed`, async (t) => {
		const container = await startBackend(t, async (connection) => {
			await connection.request();
			connection
				.send(`HTTP/1.1 ${status} Own\r\nContent-Length: 9\r\n\r\ncut`)
				.end();
		});
		const daemon = await startDaemon(t, { sessions: { abc: container } });
		const client = await connect(t, daemon.port);
		client.send(request("GET /"));
		const line = await daemon.logged(({ termination }) => termination === "SD");
		assert.deepEqual([line.msg, line.status], ["container failed", status]);
	});
