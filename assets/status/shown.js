// Formats numbers and times, and is the only code that puts text into the page.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** An element of the page by its id. */
export function element(id) {
	return document.getElementById(id);
}

/** Sets text, never markup: it may come from the map or from clients. */
export function setText(target, text) {
	if (target.textContent !== text) target.textContent = text;
}

export function count(value) {
	return whole.format(value);
}

/** Small numbers with one decimal, larger ones without. */
export function rate(value) {
	if (value === null) return "–";
	return value >= 10 ? whole.format(value) : tenths.format(value);
}

export function bytes(value) {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let at = 0;
	let rest = value;
	while (rest >= 999.5 && at < units.length - 1) {
		rest /= 1000;
		at++;
	}
	return `${at === 0 ? whole.format(rest) : rest.toPrecision(3)}\u00a0${units[at]}`;
}

/** Seconds, from microseconds to minutes. */
export function duration(seconds) {
	if (seconds === null) return "–";
	if (seconds >= 100) return `${short.format(seconds / 60)}\u00a0min`;
	if (seconds >= 1) return `${short.format(seconds)}\u00a0s`;
	return `${short.format(seconds * 1000)}\u00a0ms`;
}

/** How long ago, in one unit. */
export function age(milliseconds) {
	const seconds = Math.max(0, Math.round(milliseconds / 1000));
	if (seconds < 2) return "now";
	if (seconds < 100) return `${seconds}\u00a0s`;
	if (seconds < 6000) return `${Math.round(seconds / 60)}\u00a0min`;
	if (seconds < 172_800) return `${Math.round(seconds / 3600)}\u00a0h`;
	return `${Math.round(seconds / 86_400)}\u00a0days`;
}
