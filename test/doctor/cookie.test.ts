import { test } from "node:test";
import {
	examineSite,
	expectDiagnoses,
	expectDiagnosis,
	type SiteCase,
	startRunning,
} from "./examined.js";

const CASES: Record<string, SiteCase> = {
	"its path is not the environments'": {
		cookie: "galaxysession=x; Path=/other",
		name: "cookie",
		what: /for \/other, so browsers do not send it to \/galaxy\/gie_proxy/,
		remedy: /cookie_path/,
	},
	"its path is only like the environments'": {
		cookie: "galaxysession=x; path=/gal",
		name: "cookie",
		what: /for \/gal, so/,
		remedy: /cookie_path/,
	},
	"it is Secure, and users come by http": {
		cookie: "galaxysession=x; Path=/galaxy; Secure; HttpOnly",
		name: "cookie",
		what: /as Secure, and http:/,
		remedy: /https/,
	},
	"it is another domain's": {
		cookie: "galaxysession=x; Path=/; Domain=.galaxy.example",
		name: "cookie",
		what: /galaxy\.example/,
		remedy: /cookie_domain/,
	},
	"Galaxy gives it another name": {
		cookie: "mysession=x; Path=/galaxy",
		name: "cookie",
		verdict: "doubtful",
		what: /sets no cookie galaxysession, but mysession/,
		remedy: /--cookie/,
	},
};

test("the session cookie as Galaxy sets it", (t) => expectDiagnoses(t, CASES));

test("the environments are not below Galaxy's path", async (t) => {
	const prefix = ["--proxy-prefix", "/gie_proxy"];
	const running = await startRunning(t, { args: prefix });
	const examined = await examineSite(t, running, {
		to: (path) => (path.startsWith("/gie_proxy") ? "proxy" : "galaxy"),
		flags: prefix,
	});
	expectDiagnosis(examined, {
		name: "cookie",
		what: /for \/galaxy, so browsers do not send it to \/gie_proxy/,
		remedy: /cookie_path in Galaxy.*must be below \/galaxy/,
	});
});
