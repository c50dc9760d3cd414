import { isIP } from "node:net";
import {
	type Config,
	type MapConfig,
	withMap,
} from "../../../config/config.js";
import { fieldName } from "../../../routing/boundary.js";
import type { Check, Diagnosis } from "../check.js";
import type { DoctorSettings } from "../doctor-settings.js";
import { doubtful, type Found, good, unchecked } from "../finding.js";
import type { Host } from "../host.js";
import { withoutBrackets } from "../http-client.js";
import { addressInNginx, NGINX_CHECK } from "../nginx/nginx-checks.js";
import { hasHostForTools } from "../tools/galaxy-checks.js";
import { type Setup, setupOf, textOf, valuesOf } from "../tools/setup.js";
import { CERTIFICATE_CHECK } from "./certificate-check.js";
import { LOGIN_CHECK } from "./login-check.js";
import { NAME_CHECKS } from "./name-checks.js";
import { PORTS_CHECK } from "./ports-check.js";
import {
	isLoopback,
	type PublicWay,
	publicWayTo,
	TOOLS_PREFIX,
} from "./public-way.js";
import {
	GALAXY_CHECKS,
	REACH_CHECKS,
	reachedWays,
	WAY_CHECKS,
} from "./reach-checks.js";

interface Examined {
	readonly settings: DoctorSettings;
	readonly host: Host;
	/** --url. */
	readonly url: URL | undefined;
	readonly isProbed: boolean;
}

/**
 * Checks the way from browsers to the proxy, for Interactive Tools.
 * @returns the way, or undefined if Galaxy's address is unknown or does not answer
 */
export async function checkPublicWay(
	diagnosis: Diagnosis,
	{ settings, host, url, isProbed }: Examined,
): Promise<PublicWay | undefined> {
	const setup = setupOf(settings, host);
	const source = await publicAddress(url, setup, settings.config);
	await diagnosis.run([ADDRESS_CHECK], source);
	const { address, isUsers } = source;
	const { galaxy } = settings;
	const { signal } = host;
	const config = await withPathPrefix(host);
	const addresses = setup && {
		proxyHost: setup.text("interactivetools_proxy_host") || undefined,
		hasUpstreamProxy: setup.isOn("interactivetools_upstream_proxy", true),
	};
	const way =
		address &&
		publicWayTo(address, { config, galaxy, addresses, isUsers }, signal);
	const isReached = way !== undefined && (await checkWay(diagnosis, way));
	const userField = galaxy?.use_remote_user.value
		? galaxy.remote_user_header.value
		: undefined;
	await diagnosis.run([NGINX_CHECK], {
		config,
		url: isUsers ? address : undefined,
		userField: userField && fieldName(userField.replace(/^HTTP_/i, "")),
		isProbed,
		galaxyAddress: setup && listeningOf(setup),
		isHostFixed: setup && hasHostForTools(setup),
	});
	const isOpen = isReached && diagnosis.areAllGood("front prefix");
	const open = isOpen ? way : undefined;
	await diagnosis.run([LOGIN_CHECK], { config, galaxy, isProbed, open });
	await diagnosis.run([PORTS_CHECK], { host, url: address });
	return isReached ? way : undefined;
}

/** Where gravity lets Galaxy listen; undefined if another program starts it. */
function listeningOf({ gravity }: Setup): string | undefined {
	if (Object.keys(gravity).length === 0) return undefined;
	const [gunicorn] = [gravity.gunicorn].flat();
	return textOf(valuesOf(gunicorn).bind) || "localhost:8080";
}

/** Without Galaxy's file and the flag the running proxy's own prefix counts. */
async function withPathPrefix({ config, daemon }: Host): Promise<MapConfig> {
	if (config.proxyPathPrefix !== "") return config;
	const { proxyPathPrefix = "" } = (await daemon()) ?? {};
	return { ...config, proxyPathPrefix };
}

/** @returns whether Galaxy answers */
async function checkWay(
	diagnosis: Diagnosis,
	way: PublicWay,
): Promise<boolean> {
	await diagnosis.run(GALAXY_CHECKS, way);
	await diagnosis.run(NAME_CHECKS, way);
	if (diagnosis.verdictOf("front") === "wrong") {
		diagnosis.add("front prefix", UNREACHED);
		return false;
	}
	await diagnosis.run([CERTIFICATE_CHECK], way);
	await diagnosis.run(REACH_CHECKS, way);
	for await (const front of reachedWays(way))
		await diagnosis.run(WAY_CHECKS, front);
	return true;
}

/** Galaxy's address, with a finding about its source. */
interface Source {
	readonly address?: URL;
	/** Whether users open Galaxy at this address. */
	readonly isUsers: boolean;
	readonly found: Found;
}

const ADDRESS_CHECK: Check<Source> = {
	name: "public address",
	find: ({ found }) => found,
};

const INFRASTRUCTURE = "galaxy_infrastructure_url";
const UNREACHED = unchecked`whether tools by path and by host name lead to the proxy, and the certificate of their names -> First solve the problem of Galaxy's address above.`;
const GIVE =
	"Add --url with Galaxy's address as users type it, for example --url https://galaxy.example.";

/** From --url, or else from Galaxy's file, or else from nginx's servers. */
async function publicAddress(
	url: URL | undefined,
	setup: Setup | undefined,
	config: Config,
): Promise<Source> {
	if (url !== undefined)
		return {
			address: url,
			isUsers: true,
			found: good`Galaxy's address is ${url.href}, as --url says`,
		};
	const text = setup?.text(INFRASTRUCTURE) ?? "";
	const written =
		/^https?:/.test(text) && URL.canParse(text)
			? withoutLogin(new URL(text))
			: undefined;
	const hostname = withoutBrackets(written?.hostname ?? "");
	if (written && isIP(hostname) === 0 && !isLoopback(hostname))
		return {
			address: written,
			isUsers: true,
			found: good`Galaxy's address is taken from ${INFRASTRUCTURE}: ${written.href}`,
		};
	const prefix = setup?.galaxy.interactivetools_prefix.value ?? TOOLS_PREFIX;
	const suggested = await addressInNginx(withMap(config), prefix);
	if (suggested !== undefined) {
		const { url: address, name, file, line } = suggested;
		return {
			address,
			isUsers: true,
			found: doubtful`Galaxy's address is guessed from nginx's server for ${name} (${file}:${line}): ${address.href} -> ${GIVE}`,
		};
	}
	if (written !== undefined)
		return {
			address: written,
			isUsers: false,
			found: doubtful`Galaxy's address is taken from ${INFRASTRUCTURE}, ${written.href}, which is for containers: users may have another one -> ${GIVE}`,
		};
	return { isUsers: false, found: unknownAddress(text, setup) };
}

function unknownAddress(text: string, setup: Setup | undefined): Found {
	const unknown = "the front proxy, the names and the certificate of tools";
	if (setup === undefined)
		return unchecked`${unknown} -> ${GIVE} Or --config with Galaxy's file, if it has ${INFRASTRUCTURE}.`;
	const { file } = setup.galaxy;
	return unchecked`${unknown}: ${text === "" ? `${INFRASTRUCTURE} is not set in ${file}` : `${INFRASTRUCTURE} in ${file} is not a complete address`}
		-> ${GIVE} Jobs need ${INFRASTRUCTURE} too: set it to the address at which containers reach Galaxy.`;
}

/** A password in the address must not be shown. */
function withoutLogin(url: URL): URL {
	return Object.assign(url, { username: "", password: "" });
}
