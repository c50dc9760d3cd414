import type { Field } from "../http1/fields.js";

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
}

const IDENTITY = "its holder can act as that user in Galaxy";
const SINGLE_SIGN_ON =
	"its holder is logged in as that user wherever the front proxy's login is valid";
const FRONT = "makes the front proxy send its own files, or fetch addresses";
const POLICY = "applies to all of Galaxy's origin, for up to months";

/** Request fields that containers do not get, with or without X- before the name. */
export const WITHHELD_FIELDS: readonly BoundaryRule[] = [
	{
		name: "remote-user",
		reason: IDENTITY,
		source: "Galaxy: use_remote_user; set by the front proxy",
	},
	{
		name: "gx-secret",
		reason: IDENTITY,
		source: "Galaxy: remote_user_secret; set by the front proxy",
	},
];

/** Cookies that containers do not get, besides the session cookie. Names of cookies are case-sensitive. */
export const WITHHELD_COOKIES: readonly BoundaryRule[] = [
	{ name: "_shibsession_*", reason: SINGLE_SIGN_ON, source: "Shibboleth SP" },
	{ name: "_shibstate_*", reason: SINGLE_SIGN_ON, source: "Shibboleth SP" },
	{
		name: "mod_auth_openidc_session*",
		reason: SINGLE_SIGN_ON,
		source: "Apache: mod_auth_openidc",
	},
	{
		name: "MOD_AUTH_CAS*",
		reason: SINGLE_SIGN_ON,
		source: "Apache: mod_auth_cas",
	},
	{
		name: "_oauth2_proxy*",
		reason: SINGLE_SIGN_ON,
		source: "oauth2-proxy",
	},
];

/** Response fields by which a server commands the front proxy, not the browser. */
export const FRONT_COMMANDS: readonly BoundaryRule[] = [
	{ name: "x-accel-redirect", reason: FRONT, source: "nginx" },
	{
		name: "x-sendfile",
		reason: FRONT,
		source: "Apache: mod_xsendfile; lighttpd",
	},
	{ name: "x-lighttpd-send-file", reason: FRONT, source: "lighttpd 1.4" },
	{ name: "x-lighttpd-send-tempfile", reason: FRONT, source: "lighttpd 1.4" },
	{ name: "x-litespeed-location", reason: FRONT, source: "LiteSpeed" },
	{ name: "x-reproxy-url", reason: FRONT, source: "Perlbal, H2O" },
	{ name: "x-reproxy-file", reason: FRONT, source: "Perlbal" },
];

/** Response fields that set a browser's policy for an origin: a container on Galaxy's origin must not set Galaxy's policy. */
export const ORIGIN_POLICIES: readonly BoundaryRule[] = [
	{ name: "nel", reason: POLICY, source: "W3C Network Error Logging" },
	{ name: "report-to", reason: POLICY, source: "W3C Reporting API, of 2018" },
	{ name: "reporting-endpoints", reason: POLICY, source: "W3C Reporting API" },
	{ name: "strict-transport-security", reason: POLICY, source: "RFC 6797" },
	{ name: "alt-svc", reason: POLICY, source: "RFC 7838" },
	{ name: "clear-site-data", reason: POLICY, source: "W3C Clear Site Data" },
	{ name: "accept-ch", reason: POLICY, source: "RFC 8942" },
	{ name: "critical-ch", reason: POLICY, source: "WICG Client Hints" },
	{ name: "use-as-dictionary", reason: POLICY, source: "RFC 9842" },
	{ name: "set-login", reason: POLICY, source: "W3C FedCM: Login Status" },
];

/** Passes if the path in it belongs to the container. */
export const WORKER_SCOPE = "service-worker-allowed";

/** The flags that change the table. */
export interface BoundaryOptions {
	/** The session cookie's name. */
	readonly cookie: string;
	readonly forwardSessionCookie: boolean;
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
	readonly #fields: NameSet;
	readonly #cookies: NameSet;
	readonly #commands: NameSet;
	readonly #policies: NameSet;
	readonly #withholdsBasic: boolean;
	/** Part of the name of each withheld cookie: a line without any of them passes as sent. */
	readonly #cookieParts: readonly string[];

	constructor(options: BoundaryOptions) {
		const { withhold = [], forwardField = [], keepField = [] } = options;
		const own = options.forwardSessionCookie ? [] : [options.cookie];
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
		const fields = namesOf(WITHHELD_FIELDS);
		this.#fields = new NameSet([
			...[...fields, ...withhold].map(fieldName),
			...fields.map((name) => `x-${name}`),
		]).without(forwardField.map(fieldName));
		const kept = keepField.map(fieldName);
		this.#commands = new NameSet(namesOf(FRONT_COMMANDS)).without(kept);
		this.#policies = new NameSet([
			...namesOf(ORIGIN_POLICIES),
			WORKER_SCOPE,
		]).without(kept);
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

class NameSet {
	readonly #names: Set<string>;
	readonly #beginnings: readonly string[];

	constructor(names: readonly string[]) {
		this.#names = new Set(names);
		this.#beginnings = names
			.filter((name) => name.endsWith("*"))
			.map((name) => name.slice(0, -1));
	}

	has(name: string): boolean {
		if (this.#names.has(name)) return true;
		return this.#beginnings.some((beginning) => name.startsWith(beginning));
	}

	without(names: readonly string[]): NameSet {
		return new NameSet(
			[...this.#names].filter((name) => !names.includes(name)),
		);
	}
}

/** Servers of the CGI family read `_` and `-` in a field's name as the same character. */
function fieldName(name: string): string {
	const lower = name.toLowerCase();
	return lower.includes("_") ? lower.replaceAll("_", "-") : lower;
}

function namesOf(rules: readonly BoundaryRule[]): string[] {
	return rules.map(({ name }) => name);
}

const IN_TRAILERS = new NameSet([
	...namesOf(WITHHELD_FIELDS),
	...namesOf(WITHHELD_FIELDS).map((name) => `x-${name}`),
	...namesOf(FRONT_COMMANDS),
	...namesOf(ORIGIN_POLICIES),
	WORKER_SCOPE,
]);

/** Whether a trailer field is in the table: it never passes, whatever the flags are, as servers may merge it into the head. */
export function isBoundaryTrailer({ name }: Field): boolean {
	return IN_TRAILERS.has(fieldName(name));
}
