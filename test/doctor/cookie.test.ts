import { test } from "node:test";
import {
	type Diagnosis,
	examine,
	expectDiagnosis,
	startRunning,
	startSite,
} from "./examined.js";

type Case = { cookie: string; diagnosis: Omit<Diagnosis, "name"> };

const CASES: Record<string, Case> = {
	"its path is not the environments'": {
		cookie: "galaxysession=x; Path=/other",
		diagnosis: {
			what: /for \/other, so browsers do not send it to \/galaxy\/gie_proxy/,
			remedy: /cookie_path/,
		},
	},
	"its path is only like the environments'": {
		cookie: "galaxysession=x; path=/gal",
		diagnosis: { what: /for \/gal, so/, remedy: /cookie_path/ },
	},
	"it is Secure, and users come by http": {
		cookie: "galaxysession=x; Path=/galaxy; Secure; HttpOnly",
		diagnosis: { what: /as Secure, and http:/, remedy: /https/ },
	},
	"it is another domain's": {
		cookie: "galaxysession=x; Path=/; Domain=.galaxy.example",
		diagnosis: { what: /galaxy\.example/, remedy: /cookie_domain/ },
	},
	"Galaxy gives it another name": {
		cookie: "mysession=x; Path=/galaxy",
		diagnosis: {
			verdict: "doubtful",
			what: /sets no cookie galaxysession, but mysession/,
			remedy: /--cookie/,
		},
	},
};

test("the session cookie as Galaxy sets it", async (t) => {
	const running = await startRunning(t);
	for (const [name, { cookie, diagnosis }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const origin = await startSite(t, running, { cookie });
			const url = ["--url", `${origin}/galaxy`];
			const examined = await examine([...running.args, ...url]);
			expectDiagnosis(examined, { name: "cookie", ...diagnosis });
		});
});

test("the environments are not below Galaxy's path", async (t) => {
	const prefix = ["--proxy-prefix", "/gie_proxy"];
	const running = await startRunning(t, { args: prefix });
	const origin = await startSite(t, running, {
		to: (path) => (path.startsWith("/gie_proxy") ? "proxy" : "galaxy"),
	});
	const url = ["--url", `${origin}/galaxy`];
	expectDiagnosis(await examine([...running.args, ...prefix, ...url]), {
		name: "cookie",
		what: /for \/galaxy, so browsers do not send it to \/gie_proxy/,
		remedy: /must be below \/galaxy/,
	});
});
