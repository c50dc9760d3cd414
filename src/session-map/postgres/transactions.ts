/** Numbers below are not transactions: such a row is older than any other. */
const FIRST_XID = 3;
/** Numbers that transactions may be ahead of the last look. All others are of transactions before it. */
const AHEAD = 2 ** 30;

/** Positive if transaction `a` began after `b`, as age() of PostgreSQL compares them: in a circle of 32 bits. */
export function compareXids(a: number, b: number): number {
	if (a < FIRST_XID || b < FIRST_XID)
		return Number(a >= FIRST_XID) - Number(b >= FIRST_XID);
	return (a - b) | 0;
}

/**
 * Grows with the age of a transaction. A row that nobody removes keeps its number, and once half of all numbers have been
 * used since, PostgreSQL's own comparison takes it for one of the future.
 * @param next the first transaction that had not begun at the last look
 */
export function ageOf(xid: number, next: number): number {
	if (xid < FIRST_XID) return Number.POSITIVE_INFINITY;
	return (next + AHEAD - xid) >>> 0;
}
