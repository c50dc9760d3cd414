import type { PeerCertificate } from "node:tls";

/** Names that are listed. */
const LISTED = 8;

/** The host names that a certificate is for, in words. */
export function namesOf({
	subject,
	subjectaltname = "",
}: PeerCertificate): string {
	const names = subjectaltname
		.split(", ")
		.filter((each) => each !== "")
		.map((each) => each.replace(/^(?:DNS|IP Address):/, ""));
	const common = [subject?.CN ?? "nobody"].flat();
	const all = names.length > 0 ? names : common;
	const more = all.length - LISTED;
	const rest = more > 0 ? ` and ${more} more` : "";
	return all.slice(0, LISTED).join(", ") + rest;
}
