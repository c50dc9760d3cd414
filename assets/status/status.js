// Polls the daemon once a second while the page is visible, and shows the result.
import { createCharts } from "./charts.js";
import { createSessions } from "./sessions.js";
import { age, bytes, count, element, setText } from "./shown.js";
import { showWorkers } from "./workers.js";

const PERIOD_MS = 1000;
/** Milliseconds after which a request is given up. */
const PATIENCE_MS = 5000;
/** Samples that are kept, as many as the charts show. */
const KEPT = 300;
/** Faults that are shown until "Show all" is pressed. */
const FIRST_FAULTS = 3;

const showCharts = createCharts(element("charts"));
const sessions = createSessions(() => ask());
const charted = { started: 0, newest: 0, samples: [] };
let allFaults = false;
let lastAnswer = Date.now();
let timer;
let asking = null;

document.addEventListener("visibilitychange", () => {
	clearTimeout(timer);
	if (!document.hidden) ask();
});
element("faults-more").addEventListener("click", () => {
	allFaults = true;
	ask();
});
ask();

/** One at a time: a new request replaces the one in flight. */
async function ask() {
	clearTimeout(timer);
	asking?.abort();
	const mine = new AbortController();
	asking = mine;
	const late = setTimeout(() => mine.abort(), PATIENCE_MS);
	try {
		const [live, routes] = await Promise.all([
			json(`live?since=${charted.newest}`, mine.signal),
			json(sessions.address(), mine.signal),
		]);
		if (asking !== mine) return;
		lastAnswer = Date.now();
		show(live, routes);
	} catch (error) {
		if (asking !== mine) return;
		showLost(error);
	} finally {
		clearTimeout(late);
	}
	if (!document.hidden) timer = setTimeout(ask, PERIOD_MS);
}

async function json(address, signal) {
	const response = await fetch(address, { signal });
	if (!response.ok) throw new Error(`it answered ${response.status}`);
	return await response.json();
}

function show(live, routes) {
	element("notice").hidden = true;
	document.body.classList.remove("lost");
	setText(element("build"), `${live.version} on Node ${live.node}`);
	showReadiness(live);
	showMap(live);
	showTotals(live);
	showWorkers(live);
	showFaults(live);
	keepSamples(live);
	showCharts(live.fields, charted.samples);
	sessions.show(routes, live.now);
}

function showReadiness({ not_ready: reason }) {
	const isReady = reason === null;
	element("readiness").dataset.state = isReady ? "good" : "bad";
	setText(element("readiness-text"), isReady ? "Ready" : "Not ready");
	document.title = isReady ? "galaxy-proxy" : "Not ready – galaxy-proxy";
	if (!isReady) notice(`Not ready: ${reason}`);
}

/** Leaves the reason out where the notice already has it. */
function showMap({ map, now, not_ready: notice }) {
	element("map-state").dataset.state = map.readable ? "good" : "bad";
	const reason = notice?.includes(map.reason) ? "" : `: ${map.reason}`;
	const lost = `Unreadable for ${age(map.unreadable_seconds * 1000)}${reason}`;
	setText(element("map-words"), map.readable ? "Readable" : lost);
	setText(element("map-path"), map.path);
	const changed = map.changed_at === 0 ? "never" : ago(now - map.changed_at);
	setText(element("map-changed"), changed);
	setText(element("map-changes"), count(map.changes));
	const { unknown } = map.lookups;
	const all = Object.values(map.lookups).reduce((sum, each) => sum + each, 0);
	setText(element("map-lookups"), count(all));
	setText(element("map-unknown"), count(unknown));
	for (const each of document.querySelectorAll(".rows"))
		each.hidden = map.rows === null;
	setText(element("map-rows"), count(map.rows ?? 0));
	setText(element("map-ended"), count(map.refused_rows.ended));
	setText(element("map-contested"), count(map.refused_rows.contested));
}

function showTotals({ totals, started, now }) {
	setText(element("started"), `Running for ${age(now - started)}`);
	setText(element("total-requests"), count(totals.requests));
	setText(element("total-faults"), count(totals.faults));
	setText(element("total-refused"), count(totals.refused));
	setText(element("total-to"), bytes(totals.bytes.to));
	setText(element("total-from"), bytes(totals.bytes.from));
	setText(element("total-internal"), count(totals.internal_faults));
}

function showFaults({ faults, now }) {
	const list = element("faults");
	element("faults-empty").hidden = faults.length > 0;
	const shown = allFaults ? faults : faults.slice(0, FIRST_FAULTS);
	const more = element("faults-more");
	more.hidden = shown.length === faults.length;
	setText(more, `Show all ${faults.length}`);
	while (list.children.length < shown.length) list.append(createFault());
	while (list.children.length > shown.length) list.lastChild.remove();
	shown.forEach((fault, at) => {
		fillFault(list.children[at], fault, now);
	});
}

function createFault() {
	const item = document.createElement("li");
	for (const name of ["status", "what", "when", "remedy"]) {
		const part = document.createElement("p");
		part.className = name;
		item.append(part);
	}
	return item;
}

function fillFault(item, fault, now) {
	const [status, what, when, remedy] = item.children;
	item.dataset.state =
		fault.status >= 400 && fault.status < 500 ? "warn" : "bad";
	setText(status, fault.status === 0 ? "–" : String(fault.status));
	setText(what, titleOf(fault));
	const times = fault.count === 1 ? "once" : `${count(fault.count)} times`;
	setText(when, `${times}, ${ago(now - fault.lastAt)}`);
	setText(remedy, fault.remedy);
}

/** "targetMissing" as "Target missing", with the target and the cause if they add something. */
function titleOf({ code, target, cause }) {
	const words = code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
	const where = target === "" || cause.includes(target) ? "" : ` at ${target}`;
	const why = cause === "" || cause === words ? "" : `: ${cause}`;
	return `${words.charAt(0).toUpperCase()}${words.slice(1)}${where}${why}`;
}

function ago(milliseconds) {
	const text = age(milliseconds);
	return text === "now" ? "just now" : `${text} ago`;
}

/** A restarted daemon begins a new chart. */
function keepSamples({ started, newest, samples }) {
	if (started !== charted.started) charted.samples = [];
	charted.started = started;
	charted.newest = newest;
	charted.samples = [...charted.samples, ...samples].slice(-KEPT);
}

function showLost(error) {
	document.body.classList.add("lost");
	element("readiness").dataset.state = "bad";
	setText(element("readiness-text"), "No answer");
	const why = error.name === "AbortError" ? "it took too long" : error.message;
	notice(
		`No answer for ${age(Date.now() - lastAnswer)} (${why}). The values shown are old; the daemon may have stopped. Trying again every second.`,
	);
}

function notice(text) {
	const place = element("notice");
	place.hidden = false;
	setText(place, text);
}
