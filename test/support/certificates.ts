import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchFolder } from "./folders.js";

/** Files in PEM. */
export interface Certificate {
	readonly certificate: string;
	readonly key: string;
}

/** A certificate authority of the test's own. */
export interface Authority extends Certificate {
	/** A certificate for a host name, an address, or a user; in files of that name. */
	issue(name: string): Certificate;
}

const NEW_KEY = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

export function makeAuthority(
	t: Pick<TestContext, "after">,
	name = "Test Authority",
): Authority {
	const folder = scratchFolder(t);
	const own = filesOf(folder, "authority");
	openssl(
		...[...NEW_KEY.split(" "), "-x509", "-days", "30"],
		...["-subj", `/CN=${name}`, "-keyout", own.key, "-out", own.certificate],
	);
	return { ...own, issue: (subject) => issue(folder, own, subject) };
}

/** A certificate for several names, valid for so many days from now, and the file of its authority. */
export function makeWildcardAuthority(
	t: Pick<TestContext, "after">,
	names: readonly string[],
	days = 30,
): { authority: string; issued: Certificate } {
	const folder = scratchFolder(t);
	const own = makeAuthority(t);
	const issued = issue(folder, own, names, days);
	return { authority: own.certificate, issued };
}

function issue(
	folder: string,
	authority: Certificate,
	subject: string | readonly string[],
	days = 30,
) {
	const all = [subject].flat();
	const [name = ""] = all;
	const files = filesOf(folder, name);
	const request = join(folder, `${name}.csr`);
	const names = join(folder, `${name}.ext`);
	writeFileSync(
		names,
		`subjectAltName = ${all.map((each) => `${isIP(each) > 0 ? "IP" : "DNS"}:${each}`).join(",")}\n`,
	);
	const named = ["-subj", `/CN=${name}`];
	openssl(
		...[...NEW_KEY.split(" "), ...named],
		...["-keyout", files.key, "-out", request],
	);
	openssl(
		...["x509", "-req", "-in", request, "-out", files.certificate],
		...["-CA", authority.certificate, "-CAkey", authority.key],
		...["-CAcreateserial", "-days", String(days), "-extfile", names],
	);
	return files;
}

function filesOf(folder: string, name: string): Certificate {
	return {
		certificate: join(folder, `${name}.crt`),
		key: join(folder, `${name}.key`),
	};
}

function openssl(...words: string[]): void {
	execFileSync("openssl", words, { stdio: "pipe" });
}
