/**
 * Whether a version fits an npm range: the forms that occur in configurations (">=0.0.6", "^1", "~1.2", "1.x", "1 || 2", "*").
 * A tag such as "latest" is the registry's to decide, so nothing fits it.
 */
export function isInRange(version: string, range: string): boolean {
	const own = numbersOf(version.replace(/-.*$/, ""));
	return range
		.split("||")
		.some((part) => joined(part).every((comparator) => fits(own, comparator)));
}

/** The comparators of "1.0 - 2.0" and ">= 1 <2", which all must fit. */
function joined(part: string): readonly string[] {
	const spaced = part
		.trim()
		.replace(/^(\S+)\s+-\s+(\S+)$/, ">=$1 <=$2")
		.replace(/([<>=^~]+)\s+/g, "$1");
	return spaced.split(/\s+/);
}

function fits(own: readonly number[], comparator: string): boolean {
	if (/^(\*|x|)$/i.test(comparator)) return true;
	const [, sign = "", text] =
		/^([<>=^~]*)v?(\d+(?:\.(?:\d+|x|\*)){0,2})/i.exec(comparator) ?? [];
	if (text === undefined) return false;
	const given = text.split(".").filter((part) => /^\d+$/.test(part));
	const wanted = numbersOf(given.join("."));
	const order = compared(own, wanted);
	if (sign === ">=") return order >= 0;
	if (sign === ">") return order > 0;
	if (sign === "<") return order < 0;
	if (sign === "<=") return order <= 0;
	return order >= 0 && startsAlike(own, wanted, sameUpTo(sign, given));
}

/** The number of leading numbers that must be equal. "^" keeps the first one that is not 0. */
function sameUpTo(sign: string, given: readonly string[]): number {
	if (sign === "~") return Math.min(2, given.length);
	if (sign !== "^") return given.length;
	const first = given.findIndex((part) => Number(part) !== 0);
	return first < 0 ? given.length : first + 1;
}

function startsAlike(
	own: readonly number[],
	wanted: readonly number[],
	count: number,
): boolean {
	return wanted.slice(0, count).every((number, at) => own[at] === number);
}

function numbersOf(version: string): readonly number[] {
	const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
	return [major, minor, patch];
}

function compared(one: readonly number[], other: readonly number[]): number {
	for (const [at, number] of one.entries()) {
		const difference = number - (other[at] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}
