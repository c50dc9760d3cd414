import { CLOSE, OK, passes, refuses } from "./answer-bytes.js";

const ANSWER = `${OK}Content-Length: 2\r\n\r\nok`;
const RECEIVED = `${OK}Content-Length: 2\r\n${CLOSE}ok`;
const HINTS = "HTTP/1.1 103 Early Hints\r\n\r\n";

passes({
	"one CRLF before the status line": {
		sent: `\r\n${ANSWER}`,
		received: RECEIVED,
	},
	"four CRLF": { sent: `${"\r\n".repeat(4)}${ANSWER}`, received: RECEIVED },
	"LF and CRLF mixed": { sent: `\n\r\n\n\n${ANSWER}`, received: RECEIVED },
	"before an interim answer and behind it": {
		sent: `\r\n\n${HINTS}\n\r\n\r\n\n${ANSWER}`,
		received: HINTS + RECEIVED,
	},
	"each in a read of its own, CR and LF apart": {
		sent: ["\r", "\n", "\n", "\r", `\n${OK.slice(0, 3)}`, ANSWER.slice(3)],
		received: RECEIVED,
	},
});

refuses([
	`${"\r\n".repeat(5)}${ANSWER}`,
	`${"\n".repeat(5)}${ANSWER}`,
	`\r${ANSWER}`,
	`\r\r\n${ANSWER}`,
	` \r\n${ANSWER}`,
	`${HINTS}${"\r\n".repeat(5)}${ANSWER}`,
]);
