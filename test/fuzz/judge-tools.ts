import { type Field, valuesOf } from "./strict.js";
import type { ReadResponse } from "./strict-response.js";
import type { Received } from "./tool-container.js";
import type { Ask } from "./tool-grammar.js";
import { PATH_FIELD, PREFIX, TOOLS, type Tool } from "./tool-rows.js";

/** The answer to one request; undefined where the connection ended before. */
export interface Answered {
	readonly ask: Ask;
	readonly response: ReadResponse | undefined;
	readonly received: Received | undefined;
}

/** What is wrong with the answer and with what the container received. */
export function judgeTool(answered: Answered): string[] {
	const { ask, response, received } = answered;
	const found = received === undefined ? [] : judgeReceived(ask, received);
	if (response === undefined) return found;
	return [...found, ...judgeAnswer(ask, response, received)];
}

function judgeAnswer(
	{ expected, text }: Ask,
	{ status, fields, body }: ReadResponse,
	received: Received | undefined,
): string[] {
	const [from] = valuesOf(fields, "x-container");
	const problems: string[] = [];
	if (from !== received?.key && from !== undefined)
		problems.push(
			`the answer is of ${from}, the request reached ${received?.key}`,
		);
	if (from !== undefined && !names(text, toolOf(from)))
		problems.push(`an answer of ${from}, which the request does not name`);
	for (const { token } of TOOLS)
		if (from === undefined && body.includes(token))
			problems.push("a page holds a token");
	const reached = received !== undefined;
	const isGood = (wanted: number) => status === wanted && !reached;
	switch (expected.kind) {
		case "any":
			return problems;
		case "unknown":
			return isGood(404) ? problems : [...problems, `${status} instead of 404`];
		case "refused":
			return isGood(400) ? problems : [...problems, `${status} instead of 400`];
		case "redirect": {
			const [location] = valuesOf(fields, "location");
			if (expected.tool.place === "absent" && isGood(503)) return problems;
			if (!isGood(307) || location !== expected.location)
				problems.push(`${status} to ${location} instead of a redirect`);
			return problems;
		}
		case "tool":
			problems.push(...judgeServed(expected.tool, status, received));
			return problems;
	}
}

function judgeServed(
	{ key, place }: Tool,
	status: number,
	received: Received | undefined,
): string[] {
	if (place === "stopped" && status === 502) return [];
	if (place === "absent" && status === 503) return [];
	if (received?.misbehaved && [200, 502].includes(status)) return [];
	const isServed = received?.key === key && [101, 200].includes(status);
	return isServed
		? []
		: [`${status}, received by ${received?.key} instead of ${key}`];
}

/** What each container may see, whatever the request was. */
function judgeReceived(
	{ text, cookie, expected }: Ask,
	{ key, request }: Received,
): string[] {
	const problems: string[] = [];
	const tool = toolOf(key);
	const { fields, target } = request;
	if (!names(text, tool))
		problems.push(`${key} got a request that does not name it`);
	const foreign = fields.filter(([name]) =>
		/^x[-_]interactive[-_]tool[-_]/i.test(name),
	);
	if (foreign.length > 0) problems.push(`${foreign.join(" ")} reached ${key}`);
	const cookies = valuesOf(fields, "cookie");
	if (cookies.join() !== (cookie ?? "") && !/^Connection:.*cookie/im.test(text))
		problems.push(`cookies ${JSON.stringify(cookies)} instead of ${cookie}`);
	if (cookies.some((each) => /(^|;\s*)galaxysession=/.test(each)))
		problems.push("Galaxy's cookie reached a container");
	problems.push(...judgeReferer(tool, fields));
	const paths = fields.filter(([name]) => /^x[-_]tool[-_]base$/i.test(name));
	if (expected.kind === "tool") {
		if (target !== expected.target)
			problems.push(`target ${target} instead of ${expected.target}`);
		problems.push(...judgePathField(tool, paths, expected.isByPath));
	} else if (tool.pathInField && paths.length > 1)
		problems.push(`${paths.length} path fields`);
	return problems;
}

function judgePathField(
	tool: Tool,
	paths: readonly Field[],
	isByPath: boolean,
): string[] {
	if (!tool.pathInField) return [];
	const wanted = isByPath
		? `${PATH_FIELD},${PREFIX}/${tool.key}/${tool.token}`
		: "";
	return paths.join() === wanted
		? []
		: [`path fields ${JSON.stringify(paths)} instead of ${wanted}`];
}

/** A Referer must not tell a tool the token of another. */
function judgeReferer(own: Tool, fields: readonly Field[]): string[] {
	const referer = valuesOf(fields, "referer").join();
	return TOOLS.filter(
		({ key, token }) => key !== own.key && referer.includes(`${key}/${token}`),
	).map(() => `${own.key} got the Referer ${referer}`);
}

function toolOf(key: string): Tool {
	return TOOLS.find((tool) => tool.key === key) as Tool;
}

/** Whether the request holds the tool's key and token next to each other, in its target or in Host. */
function names(text: string, { key, token }: Tool): boolean {
	const target = text.slice(0, text.indexOf("\r\n"));
	const host = /\r\nHost: ([^\r]*)/i.exec(text)?.[1] ?? "";
	const label = `${key}-${token}.`;
	return (
		target.includes(`/${key}/${token}`) ||
		host.toLowerCase().startsWith(label) ||
		target.toLowerCase().includes(`//${label}`)
	);
}
