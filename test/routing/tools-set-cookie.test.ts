import assert from "node:assert/strict";
import { test } from "node:test";
import { confinedCookie } from "../../src/routing/set-cookie.js";

const base = "/interactivetool/ep/k1/t1";
const older = "/interactivetool/access/interactivetoolentrypoint/k1/t1";
const LONG = "x".repeat(1024);

/** Attributes as a tool sends them and as its browser gets them, reached by the present form of the prefix. */
const CASES: [sent: string, got: string][] = [
	["", `; Path=${base}`],
	["; HttpOnly;Secure", `; HttpOnly;Secure; Path=${base}`],
	["; Path=/", `; Path=${base}`],
	["; Path=/ipython/; Secure", `; Path=${base}/ipython/; Secure`],
	[";PATH=/a/b", `;PATH=${base}/a/b`],
	["; path \t=\t/a ;x", `; path \t=${base}/a;x`],
	[`; Path=${base}`, `; Path=${base}`],
	[`;  pAth = ${base}/ ; X=1`, `;  pAth = ${base}/ ; X=1`],
	[`; Path=${base}/ipython/lab`, `; Path=${base}/ipython/lab`],
	[`; Path=${base}x`, `; Path=${base}${base}x`],
	[
		"; Path=/interactivetool/ep/k2/t2",
		`; Path=${base}${base.replace(/1/g, "2")}`,
	],
	["; Path=/interactivetool/ep", `; Path=${base}`],
	["; Path=/interactivetool/", `; Path=${base}`],
	["; Path=/interactivetoolx", `; Path=${base}/interactivetoolx`],
	["; Path", `; Path=${base}`],
	["; Path=; Secure", `; Path=${base}; Secure`],
	['; Path="/"', `; Path=${base}`],
	["; Path=a", `; Path=${base}`],
	["; Path=/a; Path=/b; x", `; Path=${base}/b; x`],
	["; Path=/b; x; path", `; x; path=${base}`],
	["; Path=/a, b=2; Path=/", `; Path=${base}`],
	[`; Path=${base}/../../k2/t2`, `; Path=${base}`],
	["; Path=/%2E./k2", `; Path=${base}`],
	["; Path=/a\\..\\..", `; Path=${base}`],
	["; Path=/a/...b/.c", `; Path=${base}/a/...b/.c`],
	[`; Path=/; Path=/${LONG}`, `; Path=${base}`],
	["; Domain=galaxy.example; Path=/", `; Path=${base}`],
	[";DOMAIN = .a ;domain;x; Domain=", `;x; Path=${base}`],
	["; Domains=a; XPath=/", `; Domains=a; XPath=/; Path=${base}`],
	[
		"; Expires=Wed, 21 Oct 2015 07:28:00 GMT",
		`; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=${base}`,
	],
];

for (const [sent, got] of CASES)
	test(`a=1${sent.replace(LONG, "x…")}`, () => {
		const tool = { base, asked: base };
		for (const cookie of ["a=1", " =\xe9|b", '"q'])
			assert.equal(
				confinedCookie(`Set-Cookie:${cookie}${sent}`, tool),
				`Set-Cookie:${cookie}${got}`,
			);
	});

for (const [path, got] of [
	["/", older],
	[`${base}/ipython/`, `${older}/ipython/`],
	[`${older}/ipython/`, `${older}/ipython/`],
	["/ipython/", `${older}/ipython/`],
] as const)
	test(`Path=${path} for a browser that came by the older form of the prefix`, () => {
		const line = `Set-Cookie: a=1; Path=${path}`;
		const tool = { base, asked: older };
		assert.equal(confinedCookie(line, tool), `Set-Cookie: a=1; Path=${got}`);
	});

test("a cookie whose name demands Path=/ is confined too: browsers then refuse it", () => {
	assert.equal(
		confinedCookie("Set-Cookie: __Host-a=1; Secure; Path=/", {
			base,
			asked: base,
		}),
		`Set-Cookie: __Host-a=1; Secure; Path=${base}`,
	);
});
