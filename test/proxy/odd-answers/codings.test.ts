import { CHUNKED, CLOSE, OK, passes, refuses } from "./answer-bytes.js";

const BODY = "2\r\nok\r\n0\r\n\r\n";
const IN_CHUNKS = `${OK}${CHUNKED}${CLOSE}${BODY}`;

// Spring and JavaFX applications say chunked twice: haproxy/haproxy#2677, kubernetes/ingress-nginx#11162.
passes({
	"chunked in two fields": {
		sent: `${OK}transfer-encoding: chunked\r\n${CHUNKED}\r\n${BODY}`,
		received: IN_CHUNKS,
	},
	"chunked twice in a list, in any case and spacing": {
		sent: `${OK}Transfer-Encoding: chunked ,\tCHUNKED\r\n\r\n${BODY}`,
		received: IN_CHUNKS,
	},
	"chunked three times": {
		sent: `${OK}Transfer-Encoding: chunked, chunked\r\n${CHUNKED}\r\n${BODY}`,
		received: IN_CHUNKS,
	},
	"identity before chunked": {
		sent: `${OK}Transfer-Encoding: identity, chunked\r\n\r\n${BODY}`,
		received: IN_CHUNKS,
	},
	"identity behind chunked, in a field of its own": {
		sent: `${OK}${CHUNKED}Transfer-Encoding: Identity\r\n\r\n${BODY}`,
		received: IN_CHUNKS,
	},
	"identity with a length": {
		sent: `${OK}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok`,
		received: `${OK}Content-Length: 2\r\n${CLOSE}ok`,
	},
	"identity alone: the body ends with the connection": {
		sent: `${OK}Transfer-Encoding: identity\r\n\r\nok`,
		received: `${OK}${CHUNKED}${CLOSE}2\r\nok\r\n0\r\n\r\n`,
	},
	"chunked twice next to a length: the chunks count": {
		sent: `${OK}${CHUNKED}Content-Length: 3\r\n${CHUNKED}\r\n${BODY}`,
		received: IN_CHUNKS,
	},
});

refuses(
	[
		"gzip",
		"gzip, chunked",
		"chunked, gzip",
		"identity, deflate",
		"chunked\r\nTransfer-Encoding: gzip",
		"gzip\r\nTransfer-Encoding: chunked",
		"chunked;q=1",
		'"chunked"',
		"chun ked",
		"chunked chunked",
		"chunked\xa0",
		"",
		",",
		"chunked,",
		", chunked",
		"chunked,, chunked",
	].map((coding) => `${OK}Transfer-Encoding: ${coding}\r\n\r\n${BODY}`),
);
