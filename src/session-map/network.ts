import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** statfs(2) f_type of file systems whose server may be slow or gone, and which report changes late. */
const NETWORK_TYPES = new Set([
	0x6969, // NFS
	0x517b, // SMB
	0xff534d42, // CIFS
	0xfe534d42, // SMB 2
	0x65735546, // FUSE
	0x01021997, // 9P
	0x00c36400, // Ceph
	0x0bd00bd0, // Lustre
	0x47504653, // GPFS
	0x19830326, // BeeGFS
	0x5346414f, // AFS
]);

/** Milliseconds after which a file system that has not answered is taken for one behind a network. */
const ANSWER_MS = 1000;

/** Whether the file is, or would be, on a network file system; asked without ever stopping the event loop. */
export async function isOnNetwork(path: string): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<true>((resolve) => {
		timer = setTimeout(resolve, ANSWER_MS, true);
	});
	try {
		return await Promise.race([hasNetworkType(path), late]);
	} finally {
		clearTimeout(timer);
	}
}

async function hasNetworkType(path: string): Promise<boolean> {
	try {
		// Some platforms hand it out as a signed number.
		return NETWORK_TYPES.has((await statfs(path)).type >>> 0);
	} catch {
		// Not there yet, or not to be looked at: its folder tells.
		const folder = dirname(path);
		return folder !== path && hasNetworkType(folder);
	}
}
