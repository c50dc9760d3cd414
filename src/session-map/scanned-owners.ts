import type { AddressOwners, Claim, Standing } from "./address-owners.js";
import type { ClaimJudge } from "./claim-judge.js";
import type { Database } from "./database.js";
import {
	hasLaterOwner,
	OwnerScan,
	type OwnerStatements,
} from "./owner-rows.js";
import type { Content, SqliteFile } from "./sqlite-file.js";

/** Reads the whole map here and now, for threads and commands, which nobody waits for. */
export class ScannedOwners implements ClaimJudge {
	owners: AddressOwners | undefined;
	/** The file and schema that were scanned. */
	#content = "";
	#contentNow = "";

	/** What had ended at the last scan has still ended. @throws Unreadable */
	scan(file: SqliteFile): void {
		const scan = new OwnerScan(file);
		while (scan.step());
		const areRowidsNew = this.#content !== this.#contentNow;
		this.#content = this.#contentNow;
		this.learn(scan, areRowidsNew);
	}

	learn(scan: OwnerScan, areRowidsNew = false): void {
		this.owners = scan.end(this.owners, areRowidsNew).owners;
	}

	look(_: Database, __: OwnerStatements, { file, schema }: Content): undefined {
		this.#contentNow = `${file} ${schema}`;
	}

	take(): void {}

	lose(): void {}

	standingOf(
		claim: Claim,
		database: Database,
		statements: OwnerStatements,
	): Exclude<Standing, "unseen"> {
		const known = this.owners?.standingOf(claim) ?? "unseen";
		if (known !== "unseen") return known;
		// It was written since the scan.
		return hasLaterOwner(claim, database, statements) ? "ended" : "leads";
	}
}
