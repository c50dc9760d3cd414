import type { AddressOwners, Claim, Standing } from "./address-owners.js";
import type { Database } from "./database.js";
import type { OwnerRow, OwnerStatements } from "./owner-rows.js";
import type { Content } from "./sqlite-file.js";

/** A row that was changed where it is. */
interface Changed {
	readonly row: OwnerRow;
	/** Another owner's row at its address was written later. */
	readonly hasEnded: boolean;
}

/** What was read of content that is new. */
export interface Look {
	readonly content: Content;
	/** The latest rows first. */
	readonly latest: readonly OwnerRow[];
	/** How many of `latest` were written since the last look; undefined where that cannot be told. */
	readonly written: number | undefined;
	/** `latest` is the whole map. */
	readonly isWhole: boolean;
	readonly changed: readonly Changed[];
	/** The keys of rows that are not there any more, as far as the latest rows tell. */
	readonly gone: readonly string[];
}

/** Says what claims of a gxproxy2 are worth. */
export interface ClaimJudge {
	/** Reads what is new, in a transaction; take() learns it once it is sure that what was read belongs together. */
	look(
		database: Database,
		statements: OwnerStatements,
		content: Content,
	): Look | undefined;
	take(look: Look): void;
	/** A look has met damage: what is known of other rows does not hold any more. */
	lose(): void;
	/** Undefined where only a scan can tell, which has begun. */
	standingOf(
		claim: Claim,
		database: Database,
		statements: OwnerStatements,
	): Exclude<Standing, "unseen"> | undefined;
	/** Undefined until the whole map is known. */
	readonly owners: AddressOwners | undefined;
}
