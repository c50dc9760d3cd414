import { anonymous } from "../support/client.js";
import {
	CHUNKS,
	container,
	type Kind,
	type Leave,
	MISSING,
	OK,
	SERVED,
} from "./kind.js";

/** The bytes that a container has sent when it leaves, and the outcome of a FIN. */
const STATES: readonly [state: string, says: string, seen: string][] = [
	["before its head", "", MISSING],
	["in its status line", "HTTP/1.", MISSING],
	["in its head", `${OK}Content-Le`, MISSING],
	["after an interim head", "HTTP/1.1 102 Processing\r\n\r\n", MISSING],
	["in a sized body", `${OK}Content-Length: 9\r\n\r\nhello`, "200 cut"],
	["in a chunk's size", `${CHUNKS}5`, "200 cut"],
	["in a chunk", `${CHUNKS}5\r\nhel`, "200 cut"],
	["in its trailers", `${CHUNKS}0\r\nA: b\r\n`, "200 cut"],
	["in a body without a length", `${OK}\r\nhello`, SERVED],
];

/** Containers that close in every state, and reset. */
const GONE: Kind[] = STATES.flatMap(([state, says, seen]) => [
	goes(state, "closes", says, seen),
	// A reset may overtake the bytes before it.
	goes(state, "resets", says, seen === MISSING ? seen : "200 cut"),
]);

/** They do not wait for a request, so each has its own listener; its session has its name. */
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

/** Containers that leave in the middle of an answer, or do not wait for a request. */
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
