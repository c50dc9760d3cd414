import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, wherever this file was compiled to. */
export const repository = findRepository(
	dirname(fileURLToPath(import.meta.url)),
);

/** The text of a file of the repository. */
export function read(file: string): string {
	return readFileSync(join(repository, file), "utf8");
}

/** The text of all sources below a folder of the repository. */
export function sourcesOf(folder: string): string {
	return readdirSync(join(repository, folder), { recursive: true })
		.map((name) => join(folder, String(name)))
		.filter((name) => name.endsWith(".ts"))
		.map(read)
		.join("\n");
}

/** The Markdown documents: paths in the repository. */
export const documents = ["", "docs"].flatMap((folder) =>
	readdirSync(join(repository, folder))
		.filter((name) => name.endsWith(".md"))
		.map((name) => join(folder, name)),
);

/** A new folder, removed after the test. */
export function scratchFolder(t: { after(remove: () => void): void }): string {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-"));
	t.after(() => {
		try {
			remove(folder);
		} catch (error) {
			const { code = "" } = error as NodeJS.ErrnoException;
			if (!["ENOTEMPTY", "EBUSY"].includes(code)) throw error;
			// A program that still writes there is ended by a later hook, which would not run after a failure of this one.
			if (inUse.length === 0) process.once("exit", () => inUse.forEach(remove));
			inUse.push(folder);
		}
	});
	return folder;
}

/** Folders that could not be removed after their test. */
const inUse: string[] = [];

function remove(folder: string): void {
	rmSync(folder, { recursive: true, force: true });
}

function findRepository(from: string): string {
	return existsSync(join(from, "package-lock.json"))
		? from
		: findRepository(dirname(from));
}
