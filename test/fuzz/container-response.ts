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
	ruleOf,
	sizedBody,
	valuesOf,
} from "./strict.js";
import type { AskedFor } from "./strict-response.js";

/** The state of a container's connection after its bytes: open, or ended with a FIN or an RST. */
export type Ending = "open" | "fin" | "rst";

/** The required outcome of a container's bytes, by the rules for containers (docs/compatibility.md). */
export interface Outcome {
	/** whole: an answer; tunnel: the rest is not HTTP; broken: 502, or an answer that is visibly cut. */
	kind: "whole" | "tunnel" | "broken";
	/** Why it is broken. */
	rule: string;
	interims: HeadOut[];
	/** The final head; null where there is no good one. */
	head: HeadOut | null;
	/** A broken answer's body up to the break; a tunnel's bytes. */
	body: string;
	trailers: readonly Field[];
	framing: "none" | "length" | "chunked" | "close";
	/** Index after the answer. */
	end: number;
	/** Whether the connection may carry another request. */
	reusable: boolean;
}

export interface Asking extends AskedFor {
	/** The request asks to upgrade to a WebSocket. */
	readonly upgrades: boolean;
}

/** Reads a container's bytes as leniently as the proxy does; written independently of src/. */
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
		read(bytes, { asking, ending, outcome });
	} catch (error) {
		outcome.rule = ruleOf(error);
	}
	return outcome;
}

interface Reading {
	readonly asking: Asking;
	readonly ending: Ending;
	readonly outcome: Outcome;
}

function read(bytes: string, reading: Reading): void {
	const { asking, outcome } = reading;
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
			readFinal(bytes, head, reading);
			return;
		}
		outcome.interims.push(head.out);
		if (outcome.interims.length > INTERIM_RESPONSES)
			throw new Bad("too many interim responses");
	}
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
		const keep = (body: string): void => {
			outcome.body = body;
		};
		const chunked = readChunked(bytes, at, keep, true);
		outcome.body = chunked.body;
		outcome.trailers = trailing(chunked.trailers);
		outcome.end = chunked.end;
	} else if (head.length >= 0) {
		outcome.framing = "length";
		outcome.end = sizedBody(bytes, at, head.length, outcome);
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
