import { INTERIM_RESPONSES } from "../../src/limits.js";
import {
	type ContainerHead,
	type HeadOut,
	persists,
	readContainerHead,
} from "./container-head.js";
import { trailing } from "./forwarded.js";
import {
	Bad,
	type Field,
	INCOMPLETE,
	readChunked,
	valuesOf,
} from "./strict.js";
import type { AskedFor } from "./strict-response.js";

/** How a container leaves what it sent: open for more, with a FIN, with an RST. */
export type Ending = "open" | "fin" | "rst";

/** What must become of a container's bytes, as the house reads containers (docs/compatibility.md). */
export interface Outcome {
	/** whole: an answer; tunnel: what follows is not HTTP; broken: 502, or an answer that is visibly cut. */
	kind: "whole" | "tunnel" | "broken";
	/** Why it is broken. */
	rule: string;
	interims: HeadOut[];
	/** The final head; null where none was good. */
	head: HeadOut | null;
	/** Of a broken answer as far as it can be known; of a tunnel all that follows. */
	body: string;
	trailers: readonly Field[];
	framing: "none" | "length" | "chunked" | "close";
	/** Index behind the answer. */
	end: number;
	/** Whether the connection may carry another request. */
	reusable: boolean;
}

export interface Asking extends AskedFor {
	/** The request asks to upgrade to a WebSocket. */
	readonly upgrades: boolean;
}

/** Reads what a container sent, as leniently as the house is to containers; written apart from src/. */
export function outcomeOf(
	bytes: string,
	asking: Asking,
	ending: Ending,
): Outcome {
	const outcome: Outcome = {
		kind: "broken",
		rule: "",
		interims: [],
		head: null,
		body: "",
		trailers: [],
		framing: "none",
		end: 0,
		reusable: false,
	};
	try {
		read(bytes, asking, ending, outcome);
	} catch (error) {
		if (error === INCOMPLETE) outcome.rule = "incomplete";
		else if (error instanceof Bad) outcome.rule = error.message;
		else throw error;
	}
	return outcome;
}

function read(
	bytes: string,
	asking: Asking,
	ending: Ending,
	outcome: Outcome,
): void {
	for (;;) {
		const head = readContainerHead(bytes, outcome.end);
		outcome.end = head.end;
		const { status } = head.out;
		if (status === 101) {
			const [upgrade] = valuesOf(head.fields, "upgrade").slice(-1);
			if (!asking.upgrades || upgrade?.toLowerCase() !== "websocket")
				throw new Bad("101 that was not asked for");
			outcome.head = head.out;
			outcome.kind = "tunnel";
			outcome.body = bytes.slice(outcome.end);
			return;
		}
		if (status >= 200) {
			readFinal(bytes, head, { asking, ending, outcome });
			return;
		}
		outcome.interims.push(head.out);
		if (outcome.interims.length > INTERIM_RESPONSES)
			throw new Bad("too many interim responses");
	}
}

interface Reading {
	readonly asking: Asking;
	readonly ending: Ending;
	readonly outcome: Outcome;
}

function readFinal(
	bytes: string,
	head: ContainerHead,
	{ asking, ending, outcome }: Reading,
): void {
	outcome.head = head.out;
	const { status } = head.out;
	const bodyless = asking.isHead || status === 204 || status === 304;
	const at = outcome.end;
	if (bodyless) outcome.framing = "none";
	else if (head.chunked) {
		outcome.framing = "chunked";
		const chunked = readChunked(bytes, at, (body) => {
			outcome.body = body;
		});
		outcome.body = chunked.body;
		outcome.trailers = trailing(chunked.trailers);
		outcome.end = chunked.end;
	} else if (head.length >= 0) {
		outcome.framing = "length";
		outcome.body = bytes.slice(at, at + head.length);
		if (outcome.body.length < head.length) throw INCOMPLETE;
		outcome.end = at + head.length;
	} else {
		outcome.framing = "close";
		outcome.body = bytes.slice(at);
		outcome.end = bytes.length;
		if (ending !== "fin") throw INCOMPLETE;
	}
	outcome.kind = "whole";
	const both = head.chunked && head.length >= 0;
	const clean = outcome.end === bytes.length && outcome.framing !== "close";
	outcome.reusable = clean && !both && persists(head);
}
