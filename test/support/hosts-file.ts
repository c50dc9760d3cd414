import { spawnSync } from "node:child_process";

/** Words that run a program with this file as its own /etc/hosts. */
export function withHosts(file: string): string[] {
	const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
	return ["unshare", "--mount", "sh", "-c", script, file];
}

/** Why no program can have such a file here, or false where one can. */
export function noHostsFile(): string | false {
	const [command = "", ...words] = [...withHosts("/etc/hosts"), "true"];
	return (
		spawnSync(command, words).status !== 0 &&
		"this account cannot have an /etc/hosts of its own"
	);
}
