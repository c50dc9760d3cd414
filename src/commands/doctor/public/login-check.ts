import type { GalaxySettings, MapConfig } from "../../../config/config.js";
import { Boundary, fieldName } from "../../../routing/boundary.js";
import type { Check } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import type { PublicWay } from "./public-way.js";

interface Login {
	readonly config: MapConfig;
	/** With --config. */
	readonly galaxy: GalaxySettings | undefined;
	/** Whether --probe shows what reaches a tool. */
	readonly isProbed: boolean;
	/** The way to Galaxy, if requests for tools reached the proxy without a login. */
	readonly open: PublicWay | undefined;
}

/** With external authentication the front proxy tells Galaxy who the user is. Do tools learn it, too? */
export const LOGIN_CHECK: Check<Login> = { name: "front login", find: login };

const SECRET = "gx-secret";

async function login({
	config,
	galaxy,
	isProbed,
	open,
}: Login): Promise<Found | undefined> {
	if (galaxy === undefined && isProbed) return undefined;
	if (galaxy === undefined)
		return unchecked`whether the front proxy logs users in, and its login reaches tools
			-> Add --config with Galaxy's file, for use_remote_user. With --probe doctor looks at what a tool receives.`;
	if (!galaxy.use_remote_user.value)
		return good`use_remote_user is off: Galaxy logs users in itself, and the proxy withholds its session cookie from tools`;
	const header = galaxy.remote_user_header.value;
	const field = fieldName(header.replace(/^HTTP_/i, ""));
	const boundary = new Boundary(config);
	const passing = [field, SECRET].filter(
		(name) => !boundary.withholdsField({ name, value: "", line: "" }),
	);
	if (passing.length > 0)
		return wrong`use_remote_user is on, and tools get ${passing.join(" and ")}, with which they can act as any user
			-> Remove --forward-field for ${passing.join(" and ")}.`;
	if (!config.withholdBasic)
		return wrong`use_remote_user is on, and with Basic authentication browsers send the user's password to tools by path
			-> Start the proxy with --withhold-basic, or with --config, which then implies it.`;
	const withheld = `${field}, ${SECRET}, Basic passwords and the cookies of known logins are withheld from tools`;
	const passes = `use_remote_user is on: ${withheld}, and requests for tools pass without the front's login`;
	const isNamed = config.withhold.some((name) => fieldName(name) !== field);
	if (open && (isNamed || (await asksForKnownLogin(open, boundary))))
		return good`${passes}`;
	if (open)
		return doubtful`${passes}; a cookie of a login that is not among the known ones still reaches tools by path
			-> Name the cookie in --withhold. Tools by host name never get it. --probe shows the fields that the front adds.`;
	return doubtful`use_remote_user is on: ${withheld}, other fields and cookies of the front's login are not
		-> Let the front pass requests for tools without its login (nginx: auth_basic off; auth_request off;), or name its cookies and fields in --withhold. Tools by host name never get the login's cookie. --probe shows what arrives.`;
}

/** Whether Galaxy's page asks for a Basic password, or sets a cookie of a login that tools do not get. */
async function asksForKnownLogin(
	{ client, url }: PublicWay,
	boundary: Boundary,
): Promise<boolean> {
	const answer = await client.ask(url.pathname).catch(() => undefined);
	if (answer === undefined) return false;
	const { status, headers } = answer;
	if (status === 401 && /^basic\b/i.test(headers["www-authenticate"] ?? ""))
		return true;
	return (headers["set-cookie"] ?? [])
		.map((line) => line.replace(/[\s=;].*$/s, ""))
		.some(
			(name) =>
				boundary.withholdsCookie(name) &&
				!boundary.sessionCookies.includes(name),
		);
}
