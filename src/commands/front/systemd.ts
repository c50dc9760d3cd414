import { systemdItem, systemdText, systemdWord } from "./quote.js";
import type { UnitSettings } from "./unit-settings.js";

/**
 * systemd's unit, modelled on HAProxy's: the configuration is checked before a reload, and the daemon tells when it is ready,
 * reloads and stops (src/daemon/service-manager.ts).
 */
export function systemd(unit: UnitSettings): string {
	const program = [unit.node, unit.main].map(systemdWord).join(" ");
	const args = unit.args.map(systemdWord).join(" ");
	const variables = Object.entries(unit.env).map(
		([name, value]) => `Environment=${systemdItem(`${name}=${value}`)}\n`,
	);
	// A leading "-": before Galaxy's first start the folder may not be there.
	const writable = unit.writable.map((folder) => systemdItem(`-${folder}`));
	return `# /etc/systemd/system/galaxy-proxy.service
[Unit]
Description=Galaxy Interactive Environments proxy
After=network-online.target
Wants=network-online.target

[Service]
# systemd-notify, of systemd 246 or later, tells for the daemon when it is ready. Without one: Type=simple, no NotifyAccess.
Type=notify
NotifyAccess=all
User=${systemdText(unit.user)}
WorkingDirectory=${systemdText(unit.folder)}
${variables.join("")}ExecStart=${program} ${args}
# What is wrong is found before the running daemon hears of it.
ExecReload=${program} config --check ${args}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
Restart=always
# Wrong usage: trying again does not help.
RestartPreventExitStatus=2
# Longer than the drain takes at most (--drain-timeout).
TimeoutStopSec=${Number.isFinite(unit.stopSeconds) ? unit.stopSeconds : "infinity"}
# Half of it, less 32, is how many clients are let in.
LimitNOFILE=65536

# Sandbox. The session map's folder stays writable for SQLite's side files. No MemoryDenyWriteExecute: Node compiles.
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=${writable.join(" ")}
ProtectHome=read-only
${isInTmp(unit) ? "" : "PrivateTmp=true\n"}PrivateDevices=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @keyring @module @mount @obsolete @raw-io @reboot @swap
${capabilities(unit)}
[Install]
WantedBy=multi-user.target
`;
}

/** A /tmp of its own would hide them. */
function isInTmp({ node, main, folder, writable }: UnitSettings): boolean {
	return [node, main, folder, ...writable].some((path) =>
		/^(\/var)?\/tmp(\/|$)/.test(path),
	);
}

function capabilities({ lowPort }: UnitSettings): string {
	if (!lowPort) return "CapabilityBoundingSet=\n";
	return "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n";
}
