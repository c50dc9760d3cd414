// A container for steady-load-client.mjs: answers each request with its number, which is `n=` in a GET's target and the
// body of a POST; echoes what comes after an upgrade. A GET of /posts is answered with the numbers of all POSTs. Prints its
// port, and ends when stdin closes. Its first argument is the address to listen on, by default 127.0.0.1.
import { createServer } from "node:net";

const HEAD_END = "\r\n\r\n";
const SWITCHED = [
	"HTTP/1.1 101 Switching Protocols",
	"Connection: Upgrade",
	"Upgrade: websocket",
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

const posts = [];

const server = createServer({ noDelay: true }, (socket) => {
	let read = "";
	socket.on("data", function take(chunk) {
		read += chunk.toString("latin1");
		for (;;) {
			const end = read.indexOf(HEAD_END);
			if (end < 0) return;
			const head = read.slice(0, end);
			const body = end + HEAD_END.length;
			if (/^upgrade:/im.test(head)) {
				socket.write(SWITCHED.join("\r\n") + HEAD_END + read.slice(body));
				socket.off("data", take);
				socket.pipe(socket);
				return;
			}
			const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
			if (read.length < body + length) return;
			let text = /[?&]n=(\d+)/.exec(head)?.[1] ?? "";
			if (length > 0) {
				text = read.slice(body, body + length);
				posts.push(Number(text));
			} else if (head.startsWith("GET /posts ")) text = JSON.stringify(posts);
			read = read.slice(body + length);
			socket.write(
				`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
			);
		}
	});
	// The other side may be killed at any time.
	socket.on("error", () => socket.destroy());
});
const host = process.argv[2] ?? "127.0.0.1";
server.listen({ port: 0, host, backlog: 4096 }, () =>
	console.log(server.address().port),
);
process.stdin.resume().on("end", () => process.exit());
