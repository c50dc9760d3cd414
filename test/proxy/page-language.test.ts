import assert from "node:assert/strict";
import { test } from "node:test";
import { values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { askForPage, titleOf } from "./page-asked.js";

const TITLES = {
	en: "No environment belongs to this session",
	de: "Zu dieser Sitzung gehört keine Umgebung",
	fr: "Aucun environnement ne correspond à cette session",
	es: "A esta sesión no le corresponde ningún entorno",
};

for (const [accepted, language] of [
	[[], "en"],
	[["de"], "de"],
	[["de-AT,de;q=0.9,en;q=0.8"], "de"],
	[["en-US,en;q=0.9,de;q=0.8"], "en"],
	[["en;q=0.5, DE ; Q=0.7"], "de"],
	[["fr,de;q=0.1"], "fr"],
	[["fr", "de"], "fr"],
	[["fr-CH, fr;q=0.9, en;q=0.8"], "fr"],
	[["es-MX"], "es"],
	[["it, es;q=0.7, fr;q=0.3"], "es"],
	[["it,de;q=0.1"], "de"],
	[["it", "de"], "de"],
	[["it"], "en"],
	[["esx,fro"], "en"],
	[["de;q=0"], "en"],
	[["de;q=2"], "en"],
	[["de;q=no"], "en"],
	[["*"], "en"],
	[["den,dex-DE"], "en"],
	[[",;,=,"], "en"],
] as const)
	test(`Accept-Language ${accepted.join(" and ") || "absent"}: ${language}`, async (t) => {
		const proxy = await startProxy(t, {});
		const lines = accepted.map((value) => `Accept-Language: ${value}`);
		const page = await askForPage(t, proxy.port, ...lines);
		assert.equal(titleOf(page), TITLES[language]);
		assert.ok(page.text.includes(`<html lang="${language}">`));
		assert.deepEqual(values(page.headers, "Content-Language"), [language]);
	});
