import type { Field } from "../http1/fields.js";
import type { Mode } from "../mode.js";

/**
 * The only table of fields and cookies that must not pass between containers, whose code is written by users, and the rest
 * of Galaxy's host name. docs/security.md lists the same, with the attacks. Names are in lower case; in fields `_` counts
 * as `-`.
 */
export interface BoundaryRule {
	/** The name of a field or cookie; a `*` at its end stands for any ending. */
	readonly name: string;
	/** The harm that its receiver could do. */
	readonly reason: string;
	/** The software that sends or obeys it. */
	readonly source: string;
	/** The word in its value that extends a policy to the hosts below the origin's own. */
	readonly subdomains?: string;
}

/** Request fields that containers do not get, with or without X- before the name. */
export const WITHHELD_FIELDS = rulesFor(
	"its holder can act as that user in Galaxy",
	{
		"remote-user": "Galaxy: use_remote_user; set by the front proxy",
		"gx-secret": "Galaxy: remote_user_secret; set by the front proxy",
	},
);

/** Cookies that containers do not get, besides the session cookie. Names of cookies are case-sensitive. */
export const WITHHELD_COOKIES = rulesFor(
	"its holder is logged in as that user wherever the front proxy's login is valid",
	{
		"_shibsession_*": "Shibboleth SP",
		"_shibstate_*": "Shibboleth SP",
		"mod_auth_openidc_session*": "Apache: mod_auth_openidc",
		"MOD_AUTH_CAS*": "Apache: mod_auth_cas",
		"_oauth2_proxy*": "oauth2-proxy",
	},
);

/** Response fields by which a server commands the front proxy, not the browser. */
export const FRONT_COMMANDS = rulesFor(
	"makes the front proxy send its own files, or fetch addresses",
	{
		"x-accel-redirect": "nginx",
		"x-sendfile": "Apache: mod_xsendfile; lighttpd",
		"x-lighttpd-send-file": "lighttpd 1.4",
		"x-lighttpd-send-tempfile": "lighttpd 1.4",
		"x-litespeed-location": "LiteSpeed",
		"x-reproxy-url": "Perlbal, H2O",
		"x-reproxy-file": "Perlbal",
	},
);

/**
 * Response fields that set a browser's policy for an origin: a container on Galaxy's origin must not set Galaxy's policy. A
 * tool by domain has its own origin, and must not set it for the hosts below.
 */
export const ORIGIN_POLICIES = rulesFor(
	"applies to all of Galaxy's origin, for up to months",
	{
		nel: "W3C Network Error Logging",
		"report-to": "W3C Reporting API, of 2018",
		"reporting-endpoints": "W3C Reporting API",
		"strict-transport-security": "RFC 6797",
		"alt-svc": "RFC 7838",
		"clear-site-data": "W3C Clear Site Data",
		"accept-ch": "RFC 8942",
		"critical-ch": "WICG Client Hints",
		"use-as-dictionary": "RFC 9842",
		"set-login": "W3C FedCM: Login Status",
	},
	{
		nel: "include_subdomains",
		"strict-transport-security": "includeSubDomains",
	},
);

function rulesFor(
	reason: string,
	sources: Record<string, string>,
	subdomains: Record<string, string> = {},
): readonly BoundaryRule[] {
	return Object.entries(sources).map(([name, source]) => {
		const word = subdomains[name];
		const rule = { name, reason, source };
		return word === undefined ? rule : { ...rule, subdomains: word };
	});
}

/** The fields by which the outer proxy of a double proxy tells the inner one where a tool is. No client may send them. */
export const TOOL_FIELDS = "x-interactive-tool-*";

/** Passes if the path in it belongs to the container. */
export const WORKER_SCOPE = "service-worker-allowed";

/** The flags that change the table. */
export interface BoundaryOptions {
	/** undecided counts as gie. */
	readonly mode?: Mode | "undecided";
	/** The name of the cookie that names an environment's session. */
	readonly cookie: string;
	readonly forwardSessionCookie: boolean;
	/** The names of Galaxy's session cookies, for tools. */
	readonly sessionCookies?: readonly string[];
	/** --withhold: further fields and cookies that containers do not get. */
	readonly withhold?: readonly string[] | undefined;
	/** --forward-field: fields and cookies that containers get nevertheless. */
	readonly forwardField?: readonly string[] | undefined;
	/** --withhold-basic: withholds Authorization: Basic. */
	readonly withholdBasic?: boolean | undefined;
	/** --keep-field: response fields that pass nevertheless. */
	readonly keepField?: readonly string[] | undefined;
}

/** The table, changed by the flags. */
export class Boundary {
	/** Names of the cookies that containers must not set. */
	readonly sessionCookies: readonly string[];
	readonly #fields: NameSet;
	readonly #cookies: NameSet;
	readonly #commands: NameSet;
	readonly #policies: NameSet;
	readonly #withholdsBasic: boolean;
	/** Part of the name of each withheld cookie: a line without any of them passes as sent. */
	readonly #cookieParts: readonly string[];

	constructor(options: BoundaryOptions) {
		const { withhold = [], forwardField = [], keepField = [] } = options;
		const isForTools = options.mode === "gxit";
		this.sessionCookies = isForTools
			? (options.sessionCookies ?? [])
			: [options.cookie];
		const own = options.forwardSessionCookie ? [] : this.sessionCookies;
		const forwarded = new NameSet([
			...forwardField,
			...forwardField.map(fieldName),
		]);
		const cookies = [...namesOf(WITHHELD_COOKIES), ...withhold].filter(
			(name) => !forwarded.has(name),
		);
		this.#cookies = new NameSet([...own, ...cookies]);
		this.#cookieParts = [...own, ...cookies].map((name) =>
			name.replace(/\*$/, ""),
		);
		this.#fields = new NameSet(
			[...FIELD_NAMES, ...withhold.map(fieldName)],
			forwardField.map(fieldName),
			isForTools ? [TOOL_FIELDS] : [],
		);
		const kept = keepField.map(fieldName);
		this.#commands = new NameSet(COMMAND_NAMES, kept);
		this.#policies = new NameSet(POLICY_NAMES, kept);
		this.#withholdsBasic =
			options.withholdBasic === true && !forwarded.has("authorization");
	}

	/** Whether a request field does not reach the container. */
	withholdsField({ name, value }: Field): boolean {
		const isBasic =
			name === "authorization" && /^basic(?:[\t ]|$)/i.test(value);
		return (
			(isBasic && this.#withholdsBasic) || this.#fields.has(fieldName(name))
		);
	}

	/** Whether a trailer field of a request does not reach the container. A function that needs no `this`. */
	readonly withholdsTrailer = (field: Field): boolean =>
		isBoundaryTrailer(field) || this.withholdsField(field);

	withholdsCookie(name: string): boolean {
		return this.#cookies.has(name);
	}

	/** Whether a Cookie line may contain a withheld cookie. */
	mayWithholdFrom(cookies: string): boolean {
		return this.#cookieParts.some((part) => cookies.includes(part));
	}

	/** Whether a response field commands a front proxy and is dropped. name: in lower case. */
	isCommand(name: string): boolean {
		return this.#commands.has(name);
	}

	/** Whether a response field sets a policy for the origin and is dropped. name: in lower case. */
	isPolicy(name: string): boolean {
		return this.#policies.has(name);
	}
}

/** Whether a policy for an origin also applies to the hosts below it. What cannot be read counts as if it did. */
export function coversSubdomains({ name, value }: Field): boolean {
	const word = SUBDOMAINS.get(name);
	if (word === undefined) return false;
	if (name !== "nel") return value.toLowerCase().includes(word.toLowerCase());
	try {
		const policies: unknown[] = JSON.parse(`[${value}]`);
		return policies.some(
			(policy) => Object(policy)[word as keyof object] === true,
		);
	} catch {
		return true;
	}
}

const SUBDOMAINS = new Map(
	ORIGIN_POLICIES.map(({ name, subdomains }) => [name, subdomains]),
);

class NameSet {
	readonly #names: Set<string>;
	readonly #beginnings: readonly string[];

	constructor(
		all: readonly string[],
		except: readonly string[] = [],
		always: readonly string[] = [],
	) {
		const names = all.filter((name) => !except.includes(name)).concat(always);
		this.#names = new Set(names);
		this.#beginnings = names
			.filter((name) => name.endsWith("*"))
			.map((name) => name.slice(0, -1));
	}

	has(name: string): boolean {
		if (this.#names.has(name)) return true;
		return this.#beginnings.some((beginning) => name.startsWith(beginning));
	}
}

/** Servers of the CGI family read `_` and `-` in a field's name as the same character. */
export function fieldName(name: string): string {
	const lower = name.toLowerCase();
	return lower.includes("_") ? lower.replaceAll("_", "-") : lower;
}

function namesOf(rules: readonly BoundaryRule[]): string[] {
	return rules.map(({ name }) => name);
}

const FIELD_NAMES = namesOf(WITHHELD_FIELDS).flatMap((name) => [
	name,
	`x-${name}`,
]);
const COMMAND_NAMES = namesOf(FRONT_COMMANDS);
const POLICY_NAMES = [...namesOf(ORIGIN_POLICIES), WORKER_SCOPE];
const IN_TRAILERS = new NameSet([
	...FIELD_NAMES,
	...COMMAND_NAMES,
	...POLICY_NAMES,
]);

/** Whether a trailer field is in the table: it never passes, whatever the flags are, as servers may merge it into the head. */
export function isBoundaryTrailer({ name }: Field): boolean {
	return IN_TRAILERS.has(fieldName(name));
}
