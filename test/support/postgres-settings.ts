import {
	appendFileSync,
	copyFileSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Certificate } from "./certificates.js";
import { giveToServer } from "./postgres-programs.js";

export interface ServerSettings {
	/** Lines for postgresql.conf. */
	readonly conf?: readonly string[];
	/** Lines of pg_hba.conf for TCP; by default everybody is let in, with `password` whoever knows it. */
	readonly hba?: readonly string[];
	/** Of the user galaxy. */
	readonly password?: string;
	/** Offers TLS. */
	readonly tls?: Certificate;
	/** It follows this server, which has `conf` and files of its own. */
	readonly standbyOf?: { readonly conninfo: string };
}

/** A crash loses what was committed last, and each test has a server of its own: nothing need reach the disk. */
const FAST_CONF = [
	"fsync = off",
	"full_page_writes = off",
	"shared_buffers = 16MB",
	"autovacuum = off",
	// A standby starts from the template and needs all that was written since.
	"wal_keep_size = 128MB",
	"wal_receiver_timeout = 3s",
	"wal_retrieve_retry_interval = 200ms",
];

/** Writes them into the data folder of a server that has not run yet. */
export function writeSettings(data: string, options: ServerSettings): void {
	const { conf = [], hba = hbaOf(options), tls, standbyOf } = options;
	const lines = [...FAST_CONF, ...conf];
	if (tls !== undefined) {
		const key = join(data, "server.key");
		copyFileSync(tls.certificate, join(data, "server.crt"));
		writeFileSync(key, readFileSync(tls.key), { mode: 0o600 });
		giveToServer(key);
		lines.push("ssl = on");
	}
	if (standbyOf !== undefined) {
		writeFileSync(join(data, "standby.signal"), "");
		lines.push(`primary_conninfo = '${standbyOf.conninfo}'`);
	}
	appendFileSync(join(data, "postgresql.conf"), `\n${lines.join("\n")}\n`);
	const all = ["local all all trust", "local replication all trust", ...hba];
	writeFileSync(join(data, "pg_hba.conf"), `${all.join("\n")}\n`);
}

function hbaOf({ password }: ServerSettings): string[] {
	const method = password === undefined ? "trust" : "scram-sha-256";
	return [`host all all all ${method}`];
}
