import { CHUNKED, CLOSE, cuts, OK, passes } from "./answer-bytes.js";

const HEAD = `${OK}${CHUNKED}\r\n`;
const RECEIVED = `${OK}${CHUNKED}${CLOSE}`;

// Servers that write a size into a field of fixed width: nodejs/undici#2678, python-hyper/h11#133.
passes({
	"spaces behind sizes": {
		sent: `${HEAD}5     \r\nhello\r\n0     \r\n\r\n`,
		received: `${RECEIVED}5\r\nhello\r\n0\r\n\r\n`,
	},
	"spaces and tabs in front of sizes, and zeros": {
		sent: `${HEAD}  \t5\r\nhello\r\n\t00A\r\n0123456789\r\n 0\r\n\r\n`,
		received: `${RECEIVED}5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n`,
	},
	"blanks before an extension, which the odd line loses": {
		sent: `${HEAD}5 \t;a=b\r\nhello\r\n1;c\r\n!\r\n0 ; d="e f"\r\n\r\n`,
		received: `${RECEIVED}5\r\nhello\r\n1;c\r\n!\r\n0\r\n\r\n`,
	},
	"blanks behind a size that LF ends": {
		sent: `${HEAD}5\t\nhello\n0 \n\n`,
		received: `${RECEIVED}5\r\nhello\r\n0\r\n\r\n`,
	},
	"a size line of 256 bytes": {
		sent: `${HEAD}5${" ".repeat(253)}\r\nhello\r\n0\r\n\r\n`,
		received: `${RECEIVED}5\r\nhello\r\n0\r\n\r\n`,
	},
	"thousands of odd chunks in one read": {
		sent: `${HEAD}${"1 \nx\n".repeat(5_000)}0\n\n`,
		received: `${RECEIVED}${"1\r\nx\r\n".repeat(5_000)}0\r\n\r\n`,
	},
});

cuts([
	"1 1\r\nx\r\n0\r\n\r\n",
	" \r\nx\r\n0\r\n\r\n",
	"1 x\r\nx\r\n0\r\n\r\n",
	"1\xa0\r\nx\r\n0\r\n\r\n",
	"1\x0b\r\nx\r\n0\r\n\r\n",
	"- 1\r\nx\r\n0\r\n\r\n",
	`${" ".repeat(256)}1\r\nx\r\n0\r\n\r\n`,
	`1${" ".repeat(256)}\r\nx\r\n0\r\n\r\n`,
	"1\r\nx \r\n0\r\n\r\n",
]);
