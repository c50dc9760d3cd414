import { anonymous } from "../support/request-text.js";
import { container, type Kind, type Leave } from "./kind.js";

const MISSING = "502, then 200";
const SERVED = "200, then 200";
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKS = `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;

/** What a container has said when it goes, and what its client sees of a FIN. */
const STATES: readonly [state: string, says: string, seen: string][] = [
	["before its head", "", MISSING],
	["in its status line", "HTTP/1.", MISSING],
	["in its head", `${OK}Content-Le`, MISSING],
	["behind an interim head", "HTTP/1.1 102 Processing\r\n\r\n", MISSING],
	[
		"in a body of known length",
		`${OK}Content-Length: 9\r\n\r\nhello`,
		"200 cut",
	],
	["in a chunk's size", `${CHUNKS}5`, "200 cut"],
	["in a chunk", `${CHUNKS}5\r\nhel`, "200 cut"],
	["in its trailers", `${CHUNKS}0\r\nA: b\r\n`, "200 cut"],
	["in a body without a length", `${OK}\r\nhello`, SERVED],
];

/** Containers that close in every state, and reset. */
const GONE: Kind[] = STATES.flatMap(([state, says, seen]) => [
	goes(state, "closes", says, seen),
	// A reset may overtake what was said before it.
	goes(state, "resets", says, seen === MISSING ? seen : "200 cut"),
]);

/** Listeners of their own, since they do not wait for a request; the session of each is its name. */
export const AT_ACCEPT = {
	refuses: null,
	closes: { says: "", leave: "closes" },
	resets: { says: "", leave: "resets" },
	greets: { says: "SSH-2.0-OpenSSH_9.2\r\n", leave: "stays" },
	early: { says: `${OK}Connection: close\r\n\r\nhello`, leave: "closes" },
} as const;

const BEFORE_A_REQUEST: Kind[] = [
	atAccept("refuses", MISSING, "502 SC"),
	atAccept("closes", MISSING, "502 SH"),
	atAccept("resets", MISSING, "502 SH", "502 SC"),
	atAccept("greets", MISSING, "502 PH"),
	atAccept("early", SERVED, "200 --"),
];

/** Containers that are not what is listening, or do not wait for a request. */
export const LEAVING: Kind[] = [...GONE, ...BEFORE_A_REQUEST];

function goes(state: string, leave: Leave, says: string, seen: string): Kind {
	const logged =
		seen === MISSING ? "502 SH" : seen === SERVED ? "200 --" : "200 SD";
	return container({
		name: `container ${leave} ${state}`,
		says,
		leave,
		seen: leave === "resets" ? [seen, MISSING] : seen,
		logged: leave === "resets" ? [logged, "502 SH"] : logged,
	});
}

function atAccept(
	session: keyof typeof AT_ACCEPT,
	seen: string,
	...logged: string[]
): Kind {
	return {
		name: `container ${session} at the accept`,
		seen: [seen],
		logged,
		play: (peer) =>
			peer
				.send(anonymous("GET /x", `Cookie: galaxysession=${session}`))
				.answer(),
	};
}
