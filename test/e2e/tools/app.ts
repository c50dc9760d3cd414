import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** Where install.sh puts the applications. */
export const CACHE =
	process.env.TOOL_APPS ?? join(homedir(), ".cache/galaxy-proxy-tool-apps");

/** Programs of the applications' Python environment are in this folder. */
export const PYTHON = join(CACHE, "venv/bin");

/** The folder of an installed Python package. */
export function pythonPackage(name: string): string {
	const versions = join(CACHE, "venv/lib");
	const [version = "none"] = existsSync(versions) ? readdirSync(versions) : [];
	return join(versions, version, "site-packages", name);
}

/** The applications' own code, which the compiler does not copy. */
export const CODE = fileURLToPath(
	new URL("../../../../test/e2e/tools/apps/", import.meta.url),
);

/**
 * How a tool is reached.
 * domain: a host name of its own. path: below Galaxy's path, which is stripped. told: the same, and the application was
 * started with its public path. url: with requires_path_in_url. header: with requires_path_in_header_named.
 */
export type Form = "domain" | "path" | "told" | "url" | "header";

export interface Start {
	readonly form: Form;
	/** 127.0.0.1 is where it listens. */
	readonly port: number;
	/** The public path in the forms "told" and "url", otherwise "/"; ends with a slash. */
	readonly base: string;
	/** A folder of its own, which is also its working directory. */
	readonly folder: string;
}

export interface Use {
	readonly form: Form | "direct";
	readonly folder: string;
	/** The tool's own public path, which ends with a slash. */
	readonly base: string;
}

/** An application, and what a user does in it. */
export interface ToolApp {
	readonly name: string;
	/** The forms that its makers support. */
	readonly forms: readonly Form[];
	/** The header that the row names in the form "header". */
	readonly header?: string;
	/** Files without which it is not installed. */
	readonly needs: readonly string[];
	/** Galaxy's entry URL, relative to the tool's public path. */
	entry?(base: string): string;
	/** Path of a request that the application answers once it is ready, where that is not its base. */
	readonly readyAt?: string;
	/** The command that runs it in the foreground. */
	command(at: Start): readonly string[];
	/** Does something real, which the page or a file then proves. Resolves with what was done. */
	use(page: Page, at: Use): Promise<string>;
}
