import { CHUNKED, CLOSE, cuts, OK, passes, refuses } from "./answer-bytes.js";

passes({
	"a field of three lines, by spaces and tabs": {
		sent: `${OK}X-A: one\r\n  two\r\n\t \tthree\r\nContent-Length: 2\r\n\r\nok`,
		received: `${OK}X-A: one two three\r\nContent-Length: 2\r\n${CLOSE}ok`,
	},
	"blanks around the fold, and a line of blanks alone": {
		sent: `${OK}X-A: one \t\r\n \t\r\n two  \r\nContent-Length: 2\r\n\r\nok`,
		received: `${OK}X-A: one two\r\nContent-Length: 2\r\n${CLOSE}ok`,
	},
	"a fold of LF lines, with a colon in the second": {
		sent: "HTTP/1.1 200 OK\nSet-Cookie: a=b;\n Path: /\nContent-Length: 2\n\nok",
		received: `${OK}Set-Cookie: a=b; Path: /\r\nContent-Length: 2\r\n${CLOSE}ok`,
	},
	"a folded length": {
		sent: `${OK}Content-Length:\r\n 2\r\n\r\nok`,
		received: `${OK}Content-Length: 2\r\n${CLOSE}ok`,
	},
	"a folded coding": {
		sent: `${OK}Transfer-Encoding:\r\n\tchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
		received: `${OK}${CHUNKED}${CLOSE}2\r\nok\r\n0\r\n\r\n`,
	},
	"a session cookie hidden in a fold does not pass": {
		sent: `${OK}Set-Cookie:\r\n galaxysession=evil\r\nContent-Length: 2\r\n\r\nok`,
		received: `${OK}Content-Length: 2\r\n${CLOSE}ok`,
	},
	"a folded trailer": {
		sent: `${OK}${CHUNKED}\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n 2\r\nX-B: 3\r\n\r\n`,
		received: `${OK}${CHUNKED}${CLOSE}2\r\nok\r\n0\r\nX-Sum: 1 2\r\nX-B: 3\r\n\r\n`,
	},
	"a folded trailer that must not pass": {
		sent: `${OK}${CHUNKED}\r\n2\r\nok\r\n0\r\nContent-Length:\n 5\n\n`,
		received: `${OK}${CHUNKED}${CLOSE}2\r\nok\r\n0\r\n\r\n`,
	},
});

refuses([
	`${OK} Content-Length: 2\r\n\r\nok`,
	`${OK}\t\r\nContent-Length: 2\r\n\r\nok`,
	`${OK}Content-Length: 2\r\n 3\r\n\r\nok`,
	`${OK}Content-Length\r\n : 2\r\n\r\nok`,
	`${OK}X: a\r\n b\0\r\n\r\n`,
	`${OK}X: a\r\n b\rc\r\n\r\n`,
	`${OK}Transfer-Encoding: chunked\r\n , gzip\r\n\r\n`,
]);

cuts(["0\r\n X: 1\r\n\r\n", "0\r\n\t\r\n\r\n", "0\r\nX: 1\r\n \r\r\n\r\n"]);
