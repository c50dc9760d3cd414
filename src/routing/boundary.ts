/**
 * What must not pass between containers, whose code any user writes, and the rest of Galaxy's host name: the one table of
 * it (docs/security.md has the same with what each attack was). Names are in lower case; `_` counts as `-` in fields.
 */

export interface BoundaryRule {
	/** A field's or a cookie's name; with `*` at its end, every name that begins so. */
	readonly name: string;
	/** What its receiver could do with it. */
	readonly reason: string;
	/** Who sends or obeys it. */
	readonly source: string;
}

const IDENTITY = "who has it can pretend to Galaxy to be that user";
const SINGLE_SIGN_ON =
	"who has it is logged in as that user wherever the front's login counts";
const FRONT = "makes the proxy in front send its own files, or fetch addresses";
const POLICY =
	"holds for the whole origin, which is Galaxy's, and for months at most";

/** Request fields that containers do not get, also with X- in front. */
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

/** Cookies that containers do not get, beside the session cookie. Cookies' names keep their case. */
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

/** Answer fields by which a server commands the proxy in front of it, not the browser. */
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

/** Answer fields that set a browser's policy for the whole origin: a container on Galaxy's origin does not set Galaxy's. */
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

/** May pass where the path that it names is the container's own. */
export const WORKER_SCOPE = "service-worker-allowed";

/** What the flags change of the table. */
export interface BoundaryOptions {
	/** The session cookie's name. */
	readonly cookie: string;
	readonly forwardSessionCookie: boolean;
	/** Names of fields and cookies that containers do not get either: --withhold. */
	readonly withhold?: readonly string[] | undefined;
	/** Names of fields and cookies that they do get: --forward-field. */
	readonly forwardField?: readonly string[] | undefined;
	/** Whether Authorization: Basic is withheld: --withhold-basic. */
	readonly withholdBasic?: boolean | undefined;
	/** Names of answer fields that pass: --keep-field. */
	readonly keepField?: readonly string[] | undefined;
}

/** The table as the flags make it. */
export class Boundary {
	readonly #fields: NameSet;
	readonly #cookies: NameSet;
	readonly #commands: NameSet;
	readonly #policies: NameSet;
	readonly #withholdsBasic: boolean;
	/** A part of each withheld cookie's name: a line without any of them passes as it is. */
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

	/** Whether a request field does not reach the container. name: in lower case. */
	withholdsField(name: string, value: string): boolean {
		const isBasic =
			name === "authorization" && /^basic(?:[\t ]|$)/i.test(value);
		return (
			(isBasic && this.#withholdsBasic) || this.#fields.has(fieldName(name))
		);
	}

	/** Whether a cookie of this name does not reach the container. */
	withholdsCookie(name: string): boolean {
		return this.#cookies.has(name);
	}

	/** Whether a Cookie line may have such a one. */
	mayWithholdOf(cookies: string): boolean {
		return this.#cookieParts.some((part) => cookies.includes(part));
	}

	/** Whether an answer field commands a front proxy, and is dropped. name: in lower case. */
	isCommand(name: string): boolean {
		return this.#commands.has(name);
	}

	/** Whether an answer field sets policy for the whole origin, and is dropped. name: in lower case. */
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

/** Servers of the CGI family read `_` and `-` in a field's name as one. */
function fieldName(name: string): string {
	const lower = name.toLowerCase();
	return lower.includes("_") ? lower.replaceAll("_", "-") : lower;
}

function namesOf(rules: readonly BoundaryRule[]): string[] {
	return rules.map(({ name }) => name);
}

/** In trailer sections, which servers may merge into the head: whatever the flags say. name: in lower case, with `-`. */
export function isBoundaryField(name: string): boolean {
	return IN_TRAILERS.has(name);
}

const IN_TRAILERS = new NameSet([
	...namesOf(WITHHELD_FIELDS),
	...namesOf(WITHHELD_FIELDS).map((name) => `x-${name}`),
	...namesOf(FRONT_COMMANDS),
	...namesOf(ORIGIN_POLICIES),
	WORKER_SCOPE,
]);
