/** Lower numbers are not transactions. A row with such a number is older than all others. */
const FIRST_XID = 3;
/** How far ahead of the last look a transaction's number may be. All other numbers belong to earlier transactions. */
const AHEAD = 2 ** 30;

/** Positive if transaction `a` began after `b`, as age() of PostgreSQL compares them: in a circle of 32 bits. */
export function compareXids(a: number, b: number): number {
	if (a < FIRST_XID || b < FIRST_XID)
		return Number(a >= FIRST_XID) - Number(b >= FIRST_XID);
	return (a - b) | 0;
}

/**
 * The age of a transaction, as a number. Unlike PostgreSQL's own comparison, this is also right for a row so old that more than
 * half of all numbers have been used since.
 * @param next the first transaction that had not begun at the last look
 */
export function ageOf(xid: number, next: number): number {
	if (xid < FIRST_XID) return Number.POSITIVE_INFINITY;
	return (next + AHEAD - xid) >>> 0;
}

/**
 * The first transaction that had not begun.
 * @param snapshotEnd of a snapshot: no later transaction had ended
 * @param begun transactions that had begun, some of them perhaps later ones
 */
export function nextXid(snapshotEnd: number, begun: readonly number[]): number {
	return begun.reduce(
		(next, xid) => (compareXids(xid, next) < 0 ? next : xid + 1),
		snapshotEnd,
	);
}
