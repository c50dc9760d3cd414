import {
	type RawClient,
	type RawResponse,
	values,
} from "../../../support/client.js";

/** What the text of an answer shows besides its status. */
export interface Shown {
	/** Fields of the request at the container. */
	fields?: readonly string[];
	/** Fields of the response. */
	answers?: readonly string[];
	/** It may get no answer at all: a peer without an answer after some later requests counts as silent. */
	maySilence?: boolean;
	isHead?: boolean;
	/** The response's body. */
	body?: boolean;
}

/** The next answer, after the interim ones before it. */
export async function answersOn(
	client: RawClient,
	shown: Shown,
): Promise<string> {
	const isHead = shown.isHead ?? false;
	const told: string[] = [];
	for (;;) {
		const response = await client.response({ head: isHead });
		told.push(tell(response, shown));
		if (response.status >= 200 || response.status === 101)
			return told.join(", then ");
	}
}

function tell(response: RawResponse, { answers, body }: Shown): string {
	const { status, headers, text, trailers } = response;
	const isTold = body || text.startsWith("Proxy target missing");
	return [
		isTold ? `${status} ${text}` : `${status}`,
		...tellFields(headers, answers),
		...trailers.map(([name, value]) => `trailer ${name}: ${value}`),
	].join(", ");
}

export function tellFields(
	headers: RawResponse["headers"],
	names: readonly string[] = [],
): string[] {
	return names.map((name) => {
		const found = values(headers, name);
		return `${name}: ${found.length === 0 ? "-" : found.join(" | ")}`;
	});
}

/** The answer of a connection that ended before it was complete. */
export function brokenOf(client: RawClient): string {
	return `${firstLine(client)}, then ${client.ending}`;
}

export function firstLine({ received }: RawClient): string {
	return JSON.stringify(received.split("\r\n")[0]);
}
