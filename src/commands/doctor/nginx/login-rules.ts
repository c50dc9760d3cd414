import { Boundary, fieldName } from "../../../routing/boundary.js";
import { applying, isOwn, type ProxyBlock } from "./blocks.js";
import type { Fault, Known, Rule } from "./rule.js";
import type { Directive } from "./syntax.js";

/** Rules about the front proxy's logins, which must not reach tools. */
export const LOGIN_RULES: readonly Rule[] = [
	password,
	loginRequest,
	userFields,
];

function password(block: ProxyBlock, { config }: Known): Fault | undefined {
	const [line] = applying(block, "auth_basic");
	if (line === undefined || line.args[0] === "off") return undefined;
	const reaches = config.withholdBasic
		? "The proxy withholds the password from tools (--withhold-basic), but "
		: "Browsers send the password to tools, whose code is written by users (unless the proxy has --withhold-basic), and ";
	const isByHost = block.serverNames.some((name) => /^[*.~]/.test(name));
	const harm = isByHost
		? "for each tool by host name users must type it again"
		: "requests without it do not reach tools";
	return {
		// An inherited line is Galaxy's too, and must stay.
		verdict: config.withholdBasic ? "doubtful" : "wrong",
		what: `a password (${from("auth_basic", line, block)}) is asked for before tools. ${reaches}${harm}`,
		remedy: "auth_basic off;",
		at: isOwn(line, block) ? line : undefined,
	};
}

function loginRequest(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "auth_request");
	if (line === undefined || line.args[0] === "off") return undefined;
	return {
		verdict: "doubtful",
		what: `a login (${from("auth_request", line, block)}) judges each request for tools: tools by host name do not get its cookie, and WebSockets end with it`,
		remedy: "auth_request off;",
		at: isOwn(line, block) ? line : undefined,
	};
}

function from(name: string, line: Directive, block: ProxyBlock): string {
	const { file, line: number } = line;
	return isOwn(line, block)
		? name
		: `${name}, inherited from ${file}:${number}`;
}

/** Names, in lower case, of the fields by which fronts usually name the user, or let requests in. */
export const NAMES_USERS =
	/user(?!-agent)|auth|secret|token|eppn|mail|oidc|shib|saml|claim|identi|groups?$|uid$|remote-(?!addr|port)|^x-ssl|client-cert|client-dn|persistent-id/;

/** Does the front tell tools who the user is, or let them speak as Galaxy's front? */
function userFields(block: ProxyBlock, known: Known): Fault | undefined {
	const [line, ...others] = applying(block, "proxy_set_header").filter((each) =>
		isUsers(each, known),
	);
	if (line === undefined) return undefined;
	const names = [line, ...others].map(({ args: [name = ""] }) => name);
	const boundary = new Boundary(known.config);
	const passing = names.filter(
		(name) =>
			!boundary.withholdsField({ ...NO_FIELD, name: name.toLowerCase() }),
	);
	const which = `${names.join(", ")}, by which the front names the user to Galaxy`;
	const remedy = `Remove ${names.length > 1 ? "the lines" : "the line"} from the blocks for tools`;
	if (passing.length === 0)
		return {
			verdict: "doubtful",
			what: `requests for tools have ${which}. This proxy withholds ${names.length > 1 ? "them" : "it"} from tools, but gx-it-proxy does not`,
			remedy: `${remedy}: they need their own proxy_set_header lines, without ${names.join(" and ")}.`,
			at: line,
		};
	return {
		verdict: "doubtful",
		what: `tools get ${which}: their code is written by users`,
		remedy: `${remedy}, or start the proxy with --withhold ${passing.join(",")}.`,
		at: line,
	};
}

function isUsers({ args }: Directive, { userField }: Known): boolean {
	const [field = "", value = ""] = args;
	const name = fieldName(field);
	return value !== "" && (NAMES_USERS.test(name) || name === userField);
}

const NO_FIELD = { value: "", line: "" };
