// Sends requests at a steady rate and never repeats one. The first line of stdin is its options as JSON (steady-load.ts
// names them). Prints its counts as a line of JSON again and again; when stdin closes it waits for the last answers,
// prints the result and ends. steady-load-container.mjs answers.
import { connect } from "node:net";
import { createInterface } from "node:readline";

const TICK_MS = 2;
const REPORT_MS = 25;
/** What the machine was too slow for is left out, so that a stall is not followed by a burst. */
const MOST_BEHIND_MS = 50;
const ANSWER_MS = 30_000;
const LAST_ANSWERS_MS = 10_000;
const ECHO_MS = 100;
const MOST_LOSSES_TOLD = 1_000;
const TUNNEL_TEXT = "0123456789abcdef";

/** An answer that took longer counts as late. */
const LATE_MS = 1_000;

const counts = { sent: 0, answered: 0, late: 0, lost: 0, wrong: 0, skipped: 0 };
const tunnelCounts = { open: 0, echoed: 0, cut: 0 };
const losses = [];
const latencies = [];
const openAsNew = new Set();
let options;
let started = 0;
let scheduled = 0;
let turn = 0;
let idle = [];
let isStopping = false;

/** One connection, with at most one request on it. */
class Connection {
	#socket;
	#isKept;
	#request;
	#read = "";

	constructor(isKept) {
		this.#isKept = isKept;
	}

	send(kind) {
		const number = String(options.firstNumber + counts.sent++);
		this.#request = { kind, number, at: performance.now() };
		if (!this.#socket) this.#open();
		this.#socket.write(textOf(kind, number, this.#isKept));
	}

	/** Since when the answer is missing. */
	get waitsSince() {
		return this.#request?.at;
	}

	/** The request is lost, if there is one. */
	end(reason) {
		const request = this.#request;
		this.#request = undefined;
		this.#socket?.destroy();
		this.#socket = undefined;
		this.#read = "";
		openAsNew.delete(this);
		if (!request) return;
		if (reason.includes("EADDRNOTAVAIL")) {
			// This machine had no port left for the client: nothing was sent.
			counts.sent--;
			counts.skipped++;
		} else {
			counts.lost++;
			const { kind, number } = request;
			if (losses.length < MOST_LOSSES_TOLD)
				losses.push({ ...timesOf(request), kind, number, reason });
		}
		if (this.#isKept) idle.push(this);
	}

	#open() {
		const socket = connect({ ...options.to, noDelay: true });
		this.#socket = socket;
		this.#read = "";
		const ended = (reason) => {
			if (this.#socket === socket) this.end(reason);
		};
		socket.setEncoding("latin1");
		socket.on("data", (text) => {
			if (this.#socket === socket) this.#take(text);
		});
		socket.on("end", () => ended("FIN without a whole answer"));
		socket.on("error", (error) => ended(`${error.code} ${error.syscall}`));
		socket.on("close", () => ended("closed without a whole answer"));
	}

	#take(text) {
		this.#read += text;
		const answer = parse(this.#read);
		if (!answer) return;
		const request = this.#request;
		if (!request) return this.end("");
		if (answer.status !== 200 || answer.body !== request.number) {
			if (answer.status === 200) counts.wrong++;
			return this.end(`wrong answer: ${this.#read.slice(0, 200)}`);
		}
		counts.answered++;
		const took = performance.now() - request.at;
		if (took > LATE_MS) counts.late++;
		latencies.push(took);
		this.#request = undefined;
		this.#read = "";
		if (!this.#isKept) openAsNew.delete(this);
		// The other side closes first, so that no port of this side waits.
		if (answer.isLast || !this.#isKept) {
			const socket = this.#socket;
			this.#socket = undefined;
			socket.setTimeout(1_000, () => socket.destroy());
		}
		if (this.#isKept) idle.push(this);
	}
}

/** When the request was sent, and when it was lost: now. As in the log. */
function timesOf(request) {
	const at = Date.now();
	return { at, sent: at - (performance.now() - request.at) };
}

/** One path after the other. */
let lastPath = 0;

function nextPath() {
	return options.paths[lastPath++ % options.paths.length];
}

function textOf(kind, number, isKept) {
	const isPost = kind.startsWith("post");
	const path = nextPath();
	return [
		isPost ? `POST ${path} HTTP/1.1` : `GET ${path}?n=${number} HTTP/1.1`,
		`Host: ${options.host}`,
		`Cookie: ${options.cookie}`,
		...(isKept ? [] : ["Connection: close"]),
		...(isPost ? [`Content-Length: ${number.length}`] : []),
		"",
		isPost ? number : "",
	].join("\r\n");
}

/** The answer, or undefined while it is not complete. Without a length it is no answer of the container. */
function parse(read) {
	const end = read.indexOf("\r\n\r\n");
	if (end < 0) return undefined;
	const head = read.slice(0, end);
	const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
	const body = read.slice(end + 4);
	if (body.length < length) return undefined;
	return {
		status: Number(head.slice(9, 12)),
		body,
		isLast: /^connection: *close/im.test(head),
	};
}

function tick() {
	const rate = options.rate / 1_000;
	const due = Math.floor((performance.now() - started) * rate);
	const behind = due - scheduled - Math.ceil(MOST_BEHIND_MS * rate);
	if (behind > 0) {
		counts.skipped += behind;
		scheduled += behind;
	}
	for (; scheduled < due; scheduled++) launch();
}

function launch() {
	const kind = options.kinds[turn++ % options.kinds.length];
	if (kind.endsWith("kept")) {
		// The one that has waited longest: none is idle for long.
		const connection = idle.shift();
		if (connection) connection.send(kind);
		else counts.skipped++;
	} else if (openAsNew.size < options.connections) {
		const connection = new Connection(false);
		openAsNew.add(connection);
		connection.send(kind);
	} else counts.skipped++;
}

/** Opens a tunnel and echoes on it until the end; resolves once it is open. */
function startTunnel(isOver) {
	const socket = connect({ ...options.to, noDelay: true });
	let read = "";
	let isOpen = false;
	socket.setEncoding("latin1");
	socket.write(
		[
			`GET ${nextPath()} HTTP/1.1`,
			`Host: ${options.host}`,
			`Cookie: ${options.cookie}`,
			"Connection: Upgrade",
			"Upgrade: websocket",
			"Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
			"",
			"",
		].join("\r\n"),
	);
	return new Promise((resolve, reject) => {
		let timer;
		const again = () => {
			timer = setTimeout(() => socket.write(TUNNEL_TEXT), ECHO_MS);
		};
		socket.on("data", (text) => {
			read += text;
			if (!isOpen) {
				const end = read.indexOf("\r\n\r\n");
				if (end < 0) return;
				if (!read.startsWith("HTTP/1.1 101"))
					return reject(new Error(`no tunnel: ${read.slice(0, 200)}`));
				isOpen = true;
				tunnelCounts.open++;
				read = read.slice(end + 4);
				again();
				resolve();
			} else if (read === TUNNEL_TEXT) {
				read = "";
				tunnelCounts.echoed++;
				again();
			}
		});
		let isCut = false;
		const cut = (reason) => {
			clearTimeout(timer);
			if (!isOpen) return reject(new Error(`no tunnel: ${reason}`));
			if (isCut || isOver()) return;
			isCut = true;
			tunnelCounts.cut++;
			if (losses.length < MOST_LOSSES_TOLD)
				losses.push({ at: Date.now(), sent: 0, kind: "tunnel", reason });
			socket.destroy();
		};
		socket.on("end", () => cut("FIN"));
		socket.on("error", (error) => cut(error.code));
	});
}

function report(extra) {
	const line = { ...counts, tunnels: tunnelCounts, ...extra };
	process.stdout.write(`${JSON.stringify(line)}\n`);
}

function result() {
	const sorted = Float64Array.from(latencies).sort();
	const at = (share) =>
		sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
	return {
		isLast: true,
		seconds: (performance.now() - started) / 1_000,
		latency: { p50: at(0.5), p99: at(0.99), longest: at(1) },
		losses,
	};
}

const lines = createInterface(process.stdin);
lines.once("line", async (line) => {
	const { path, ...given } = JSON.parse(line);
	options = { paths: [path], firstNumber: 1, ...given };
	const kept = Array.from(
		{ length: options.connections },
		() => new Connection(true),
	);
	idle = [...kept];
	const tunnels = Array.from({ length: options.tunnels }, () =>
		startTunnel(() => isStopping),
	);
	await Promise.all(tunnels);
	started = performance.now();
	// A tick ends with what the kernel has for us read first: a FIN that is here is seen before a request is sent.
	const ticks = setInterval(() => setImmediate(tick), TICK_MS);
	const reports = setInterval(report, REPORT_MS);
	const overdue = setInterval(() => {
		for (const connection of [...kept, ...openAsNew])
			if (performance.now() - (connection.waitsSince ?? Infinity) > ANSWER_MS)
				connection.end(`no answer in ${ANSWER_MS} ms`);
	}, 1_000);
	lines.on("close", () => {
		isStopping = true;
		for (const timer of [ticks, overdue]) clearInterval(timer);
		const end = performance.now() + LAST_ANSWERS_MS;
		setInterval(() => {
			const open = counts.sent - counts.answered - counts.lost;
			if (open > 0 && performance.now() < end) return;
			for (const connection of [...kept, ...openAsNew])
				connection.end("no answer at the end of the load");
			clearInterval(reports);
			report(result());
			process.exit();
		}, TICK_MS);
	});
});
