import { lookup } from "node:dns/promises";
import { ask, askedIn, faultOf } from "./asking.js";
import { type Found, good, wrong } from "./finding.js";
import type { Front } from "./front.js";

/** Do all addresses of the front's name lead to the proxy? Browsers take any that connects, IPv6 first. */
export async function addressesFound(front: Front): Promise<Found | Found[]> {
	const name = front.url.hostname.replace(/^\[|\]$/g, "");
	const found = await lookup(name, { all: true });
	const addresses = [...new Set(found.map(({ address }) => address))];
	if (addresses.length < 2) return [];
	const answers = await Promise.all(
		addresses.map(async (address) => ({
			address,
			status: await strangerAt(front, address),
		})),
	);
	const astray = answers.filter(({ status }) => status !== null);
	// That nobody reaches the proxy at all has been said.
	if (astray.length === addresses.length) return [];
	if (astray.length === 0)
		return good(`${name} leads to the proxy at ${addresses.join(" and ")}`);
	const where = astray.map(
		({ address, status }) => `${address} (answered ${status})`,
	);
	return wrong(
		`${name} has several addresses, and requests below ${front.prefix} do not reach the proxy at ${where.join(" and ")}`,
		"Browsers take any of them. The front's server must listen on all (nginx: listen 80 and listen [::]:80, or 443, in the same server; another server block answers else), or the name must lose that address.",
	);
}

/** The status with which somebody else than the proxy answers there; null where the proxy does, or nobody: then browsers take another. */
async function strangerAt(
	front: Front,
	address: string,
): Promise<number | null> {
	const question = { path: `${front.prefix}/doctor`, signal: front.signal };
	const answer = await ask({ ...front, address }, question).catch(() => null);
	if (answer === null || faultOf(answer) !== null) return null;
	return askedIn(answer) === undefined ? answer.status : null;
}
