import { Boundary, fieldName } from "../../../routing/boundary.js";
import { applying, type ProxyBlock } from "./blocks.js";
import type { Fault, Known, Rule } from "./rule.js";

/** Logins of the front proxy, which must not reach tools. */
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
	return {
		verdict: config.withholdBasic ? "doubtful" : "wrong",
		what: `a password (auth_basic) is asked for before tools. ${reaches}for each tool by host name users must type it again`,
		remedy: "auth_basic off;",
		at: line,
	};
}

function loginRequest(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "auth_request");
	if (line === undefined || line.args[0] === "off") return undefined;
	return {
		verdict: "doubtful",
		what: "a login (auth_request) judges each request for tools: tools by host name do not get its cookie, and WebSockets end with it",
		remedy: "auth_request off;",
		at: line,
	};
}

/** Fields that name the user, by their usual names. */
const NAMES_USERS =
	/user|auth|secret|token|eppn|mail|oidc|shib|saml|claim|identi|^uid$|remote-(?!addr|port)/;

/** Does the front tell tools who the user is, or let them speak as Galaxy's front? */
function userFields(block: ProxyBlock, known: Known): Fault | undefined {
	const boundary = new Boundary(known.config);
	const reaching = applying(block, "proxy_set_header").filter(({ args }) => {
		const [field = "", value = ""] = args;
		const name = field.toLowerCase();
		const plain = fieldName(name);
		const isUsers = NAMES_USERS.test(plain) || plain === known.userField;
		return (
			isUsers &&
			value !== "" &&
			!boundary.withholdsField({ ...NO_FIELD, name, value })
		);
	});
	const [line] = reaching;
	if (line === undefined) return undefined;
	const names = reaching.map(({ args }) => args[0]);
	return {
		verdict: "doubtful",
		what: `tools get ${names.join(", ")}, by which the front names the user: their code is written by users`,
		remedy: `Remove the line, or start the proxy with --withhold ${names.join(",")}.`,
		at: line,
	};
}

const NO_FIELD = { line: "" };
