import type { Check, Diagnosis } from "../check.js";
import type { DoctorSettings } from "../doctor-settings.js";
import { doubtful, type Found, good, unchecked } from "../finding.js";
import type { Host } from "../host.js";
import { type Setup, setupOf } from "../tools/setup.js";
import { CERTIFICATE_CHECK } from "./certificate-check.js";
import { NAME_CHECKS } from "./name-checks.js";
import { type PublicWay, publicWayTo } from "./public-way.js";
import {
	GALAXY_CHECKS,
	REACH_CHECKS,
	reachedWays,
	WAY_CHECKS,
} from "./reach-checks.js";

/**
 * The checks of the way from browsers to the proxy, for Interactive Tools.
 * @param url --url
 * @returns the way, or undefined if Galaxy's address is unknown or does not answer
 */
export async function checkPublicWay(
	diagnosis: Diagnosis,
	{ settings, host }: { settings: DoctorSettings; host: Host },
	url: URL | undefined,
): Promise<PublicWay | undefined> {
	const setup = setupOf(settings, host);
	const source = publicAddress(url, setup);
	await diagnosis.run([ADDRESS_CHECK], source);
	const { address } = source;
	if (address === undefined) return undefined;
	const { galaxy } = settings;
	const { config, signal } = host;
	const addresses = setup && {
		proxyHost: setup.text("interactivetools_proxy_host") || undefined,
		hasUpstreamProxy: setup.isOn("interactivetools_upstream_proxy", true),
	};
	const way = publicWayTo(address, { config, galaxy, addresses }, signal);
	await diagnosis.run(GALAXY_CHECKS, way);
	await diagnosis.run(NAME_CHECKS, way);
	if (diagnosis.verdictOf("front") === "wrong") {
		diagnosis.add("front prefix", UNREACHED);
		return undefined;
	}
	await diagnosis.run([CERTIFICATE_CHECK], way);
	await diagnosis.run(REACH_CHECKS, way);
	for await (const front of reachedWays(way))
		await diagnosis.run(WAY_CHECKS, front);
	return way;
}

/** Galaxy's address, and what there is to say about its source. */
interface Source {
	readonly address?: URL;
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
const LOOPBACK = /^(?:127\.|\[::1\]$|0\.0\.0\.0$|(?:.*\.)?localhost$)/;

/** --url, or else as Galaxy's file says. */
function publicAddress(url: URL | undefined, setup: Setup | undefined): Source {
	if (url !== undefined)
		return {
			address: url,
			found: good`Galaxy's address is ${url.href}, as --url says`,
		};
	if (setup === undefined)
		return {
			found: unchecked`the front proxy, the names and the certificate of tools -> ${GIVE} Or --config with Galaxy's file, if it has ${INFRASTRUCTURE}.`,
		};
	const text = setup.text(INFRASTRUCTURE) ?? "";
	const { file } = setup.galaxy;
	const address =
		/^https?:/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
	if (address === undefined)
		return {
			found: unchecked`the front proxy, the names and the certificate of tools: ${text === "" ? `${INFRASTRUCTURE} is not set in ${file}` : `${INFRASTRUCTURE} in ${file} is not a complete address`}
				-> ${GIVE} Jobs need ${INFRASTRUCTURE} too: set it to the address at which containers reach Galaxy.`,
		};
	if (LOOPBACK.test(address.hostname))
		return {
			address,
			found: doubtful`Galaxy's address is taken from ${INFRASTRUCTURE}, ${address.href}, which only this host reaches -> ${GIVE}`,
		};
	return {
		address,
		found: good`Galaxy's address is taken from ${INFRASTRUCTURE}: ${address.href}`,
	};
}
