import { randomBytes } from "node:crypto";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../support/free-port.js";
import { type Place, SUPPORT } from "../place.js";
import { isListening } from "../until.js";

/** The programs that the servers run. */
export const APPS = join(SUPPORT, "real/apps");

/** A page and its five more files, each some kilobytes. */
export const PAGE = [0, 1, 2, 3, 4, 5].map((n) => `/file-${n}.txt`);
export const DOWNLOAD = "/big.bin";
export const UPLOAD = randomBytes(5_000_000);

/** A program as it runs in containers, and what it offers besides the files of its folder. */
export interface RealServer {
	readonly name: string;
	/** A file of its Debian package. */
	readonly needs: string;
	/** Its command, or its own start. It serves the files of `folder`. */
	start(
		port: number,
		folder: string,
		place: Place,
	): string[] | Promise<unknown>;
	/** A POST is answered with its own body. */
	readonly echo?: string;
	/** Whether that takes chunks too. */
	readonly takesChunks?: boolean;
	/** A POST is answered without a look at its body. */
	readonly unread?: string;
	/** Sends 100 before the body that its echo reads, if the client expects it. */
	readonly waits?: boolean;
	/** A POST of 5 MB is refused while it still arrives. */
	readonly refuses?: string;
	/** Answers 204. */
	readonly empty?: string;
	/** Echoes WebSocket messages, these kinds. */
	readonly socket?: { path: string; kinds: readonly ("text" | "binary")[] };
	/** Serves one connection until that ends, then the next. */
	readonly isSingle?: boolean;
	/** Its page, if it has one of its own in place of the folder's files. */
	readonly page?: readonly string[];
	/** A terminal by long polling, as shellinabox has it. */
	readonly polls?: boolean;
}

/** Starts the server with its files; resolves with its port. */
export async function startServer(
	place: Place,
	server: RealServer,
): Promise<number> {
	// Apache's and shellinabox's workers run as another user.
	chmodSync(place.folder, 0o755);
	const folder = place.file("files");
	mkdirSync(join(folder, "cgi-bin"), { recursive: true });
	for (const name of ["echo", "unread"]) {
		const program = join(folder, "cgi-bin", name);
		copyFileSync(join(APPS, `${name}.cgi`), program);
		chmodSync(program, 0o755);
	}
	for (const path of [...PAGE, DOWNLOAD]) {
		const file = join(folder, path);
		writeFileSync(file, path === DOWNLOAD ? UPLOAD : `${path} `.repeat(300));
		// Apache's validators are weak while a file is new.
		utimesSync(file, 1_600_000_000, 1_600_000_000);
	}
	const port = await freePort();
	const started = server.start(port, folder, place);
	if (Array.isArray(started)) {
		const command = ["env", "-C", folder, ...started];
		await place.startReady("server", command, () => isListening(port));
	} else await started;
	return port;
}

export function isMissing({ needs }: RealServer): string | false {
	return !existsSync(needs) && `${needs} is not there`;
}
