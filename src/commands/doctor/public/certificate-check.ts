import { once } from "node:events";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import { namesOf } from "../certificate-names.js";
import type { Check } from "../check.js";
import { messageOf } from "../check.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import { withoutBrackets } from "../http-client.js";
import { addressesOf, type PublicWay, strangersLabel } from "./public-way.js";

export const CERTIFICATE_CHECK: Check<PublicWay> = {
	name: "certificate",
	find: certificates,
};

const CONNECT_MS = 5000;
const DAY_MS = 86_400_000;
/** Days before a certificate's end by which a program should have renewed it: Let's Encrypt's clients do so 30 days before. */
const SOON_DAYS = 14;
const RENEW =
	"A wildcard covers one label, so *.HOST is not enough. Let's Encrypt issues wildcards with the DNS-01 challenge: certbot certonly --dns-... -d";

/** Does the front's certificate have the names of the tools? */
async function* certificates(way: PublicWay): AsyncIterable<Found> {
	const { url, base, wildcard, config } = way;
	if (url.protocol !== "https:") {
		yield good`Galaxy is http: no certificate is needed`;
		return;
	}
	if (wildcard === undefined || config.domainTools === "off") return;
	const name = wildcard.replace("*", strangersLabel());
	const port = Number(base.port) || 443;
	const own = await addressesOf(name);
	const [address] = own.length > 0 ? own : await addressesOf(base.hostname);
	// The check of the names has reported it.
	if (address === undefined) return;
	const certificate = await certificateOf(name, { address, port }).catch(
		messageOf,
	);
	if (typeof certificate === "string") {
		yield wrong`the server does not show a certificate for ${wildcard}: ${certificate}
			-> The front needs a server with TLS for this name and port.`;
		return;
	}
	yield coverage(name, wildcard, certificate, withoutBrackets(base.hostname));
	yield* validity(certificate);
}

function coverage(
	name: string,
	wildcard: string,
	certificate: PeerCertificate,
	galaxys: string,
): Found {
	const names = namesOf(certificate);
	const problem = checkServerIdentity(name, certificate);
	if (problem === undefined)
		return good`the certificate covers ${wildcard}: it is for ${names}`;
	return wrong`the certificate does not cover ${wildcard}: it is for ${names}, so browsers refuse tools by host name
		-> Get a certificate for ${galaxys} and ${wildcard}. ${RENEW} ${galaxys} -d '${wildcard}'`;
}

function* validity({ valid_to }: PeerCertificate): Iterable<Found> {
	const end = Date.parse(valid_to);
	const days = Math.floor((end - Date.now()) / DAY_MS);
	const day = new Date(end).toISOString().slice(0, 10);
	if (days < 0)
		yield wrong`the certificate of the tools' names ended on ${day} -> Renew it and reload the front proxy.`;
	else if (days < SOON_DAYS)
		yield doubtful`the certificate of the tools' names ends on ${day}, ${days === 0 ? "within a day" : `in ${days} ${days === 1 ? "day" : "days"}`}
			-> Does anything renew it? A wildcard needs the DNS-01 challenge, which certbot cannot renew by --manual.`;
	else yield good`the certificate of the tools' names is valid until ${day}`;
}

/** The certificate that the server shows for this name; its issuer is not checked, since another check does that. */
async function certificateOf(
	servername: string,
	{ address, port }: { address: string; port: number },
): Promise<PeerCertificate> {
	const options = { host: address, port, servername };
	const socket = connect({ ...options, rejectUnauthorized: false });
	const late = new Error(`no TLS within ${CONNECT_MS / 1000} s`);
	socket.setTimeout(CONNECT_MS, () => socket.destroy(late));
	try {
		await once(socket, "secureConnect");
		return socket.getPeerCertificate();
	} finally {
		// Later errors do not matter.
		socket.on("error", () => {});
		socket.destroy();
	}
}
