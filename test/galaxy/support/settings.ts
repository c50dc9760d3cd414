import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { dockerHost, IMAGE } from "./engine.js";
import { ADMIN_KEY, type Lab, rootOf } from "./lab.js";

/** How gravity starts the proxy. */
export interface ProxySettings {
	/** Gravity's own default, the package in Galaxy's root, if undefined. */
	readonly version?: string | undefined;
	/** Variables of the proxy. */
	readonly environment: Readonly<Record<string, string>>;
	/** The URL of a map in PostgreSQL, instead of the file. Galaxy must be restarted after a change. */
	readonly database?: string | undefined;
}

/** The session map, unless it is in PostgreSQL. */
export function mapFile(lab: Lab): string {
	return join(rootOf(lab), "data/interactivetools_map.sqlite");
}

/** Writes galaxy.yml. */
export function writeGalaxyFile(lab: Lab, proxy: ProxySettings): void {
	const root = rootOf(lab);
	const { version, database, environment } = proxy;
	const map =
		database === undefined
			? { interactivetools_map: mapFile(lab) }
			: { interactivetoolsproxy_map: database };
	write(lab, "config/galaxy.yml", {
		gravity: {
			process_manager: "supervisor",
			galaxy_root: root,
			virtualenv: lab.venv,
			gunicorn: { bind: `127.0.0.1:${lab.galaxyPort}`, workers: 1 },
			celery: { enable: false, enable_beat: false },
			gx_it_proxy: {
				enable: true,
				ip: "127.0.0.1",
				port: lab.proxyPort,
				environment,
				...(version !== undefined && { version }),
				...(database !== undefined && { sessions: database }),
			},
		},
		galaxy: {
			data_dir: join(root, "data"),
			config_dir: join(root, "config"),
			tool_config_file: join(root, "config/tool_conf.xml"),
			job_config_file: join(root, "config/job_conf.yml"),
			database_connection: `sqlite:///${join(root, "data/universe.sqlite")}?isolation_level=IMMEDIATE&timeout=120`,
			galaxy_infrastructure_url: `http://127.0.0.1:${lab.frontPort}`,
			bootstrap_admin_api_key: ADMIN_KEY,
			conda_auto_init: false,
			interactivetools_enable: true,
			...map,
		},
	});
}

/** Writes what does not change: how jobs run, and the tools. */
export function writeGalaxySettings(lab: Lab): void {
	const root = rootOf(lab);
	for (const folder of ["config", "data", "tools"])
		mkdirSync(join(root, folder), { recursive: true });
	write(lab, "config/job_conf.yml", {
		runners: {
			// Each running tool keeps one worker for its whole life.
			local: { load: "galaxy.jobs.runners.local:LocalJobRunner", workers: 12 },
		},
		execution: {
			default: "local",
			environments: {
				local: { runner: "local" },
				docker: {
					runner: "local",
					// docker_host would reach neither the container monitor nor the `docker kill` of the job's script.
					env: [{ name: "DOCKER_HOST", value: dockerHost(lab) }],
					docker_enabled: true,
					docker_sudo: false,
					docker_net: "bridge",
					docker_auto_rm: true,
					docker_volumes: "$defaults,/usr:/usr:ro",
					require_container: true,
					container_monitor_command: join(
						lab.venv,
						"bin/galaxy-container-monitor",
					),
					container_monitor_get_ip_method: `command:echo ${lab.engineAddress}`,
				},
			},
		},
		tools: TOOLS.map(({ id }) => ({ id, environment: "docker" })),
	});
	const files = TOOLS.map(({ id, xml }) => {
		const file = join(root, "tools", `${id}.xml`);
		writeFileSync(file, xml);
		return `<tool file="${file}"/>`;
	});
	const section = `<section id="lab" name="Lab">${files.join("")}</section>`;
	write(lab, "config/tool_conf.xml", `<toolbox>${section}</toolbox>\n`);
	const home = join(lab.folder, "home");
	mkdirSync(home, { recursive: true });
	execFileSync("chown", ["-R", `${lab.user}:${lab.user}`, root, home]);
}

function write(lab: Lab, name: string, content: object | string): void {
	const text = typeof content === "string" ? content : stringify(content);
	writeFileSync(join(rootOf(lab), name), text);
}

/** The tool's document, without what all have in common. */
function tool(
	id: string,
	name: string,
	[body, variables]: readonly [string, string],
	ports: string,
) {
	const xml = `<tool id="${id}" name="${name}" version="1" tool_type="interactive" profile="22.01">
	<requirements><container type="docker">${IMAGE}</container></requirements>
	<entry_points>
		${body}
	</entry_points>
	<environment_variables>
		${variables}<environment_variable name="EMAIL">$__user_email__</environment_variable>
	</environment_variables>
	<command><![CDATA[python3 /app/app.py ${ports} > '$out' 2>&1]]></command>
	<inputs/>
	<outputs><data name="out" format="txt"/></outputs>
</tool>
`;
	return { id, xml };
}

/** One by domain, one with an entry point of each kind, one with two on one port, and one that is slow to start. */
const TOOLS = [
	tool(
		"lab_domain",
		"Tool by domain",
		[
			`<entry_point name="by domain" label="domain" requires_domain="True"><port>7000</port><url>page?from=galaxy</url></entry_point>`,
			"",
		],
		"7000",
	),
	tool(
		"lab_paths",
		"Tool by path",
		[
			`
		<entry_point name="stripped" label="stripped" requires_domain="False"><port>7000</port><url>page?from=galaxy</url></entry_point>
		<entry_point name="whole path" label="whole" requires_domain="False" requires_path_in_url="True"><port>7001</port><url>page</url></entry_point>
		<entry_point name="path in a field" label="field" requires_domain="False" requires_path_in_header_named="X-Tool-Path"><port>7002</port></entry_point>
		<entry_point name="also by domain" label="domain" requires_domain="True"><port>7003</port></entry_point>
	`,
			`<environment_variable name="EP_PATH" inject="entry_point_path_for_label">whole</environment_variable>
		`,
		],
		"7000 7001 7002 7003",
	),
	tool(
		"lab_shared",
		"Tool with one port for two",
		[
			`<entry_point name="by path" label="stripped" requires_domain="False"><port>7000</port></entry_point>
		<entry_point name="one port by domain" label="domain" requires_domain="True"><port>7000</port></entry_point>`,
			"",
		],
		"7000",
	),
	tool(
		"lab_slow",
		"Tool that starts slowly",
		[
			`<entry_point name="slow" label="slow" requires_domain="False"><port>7000</port><url>page</url></entry_point>`,
			"",
		],
		"--wait 7000",
	),
];
