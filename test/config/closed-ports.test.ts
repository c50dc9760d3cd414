import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

function closedPorts(t: TestContext, text: string, name = "galaxy.yml") {
	const cwd = galaxyFolder(t, { [name]: text });
	const { config } = readSettings({ config: name }, { env: {}, cwd });
	return [...config.closedPorts].sort((a, b) => a - b);
}

const YAML: [what: string, text: string, ports: number[]][] = [
	["nothing is said", "galaxy: {}\n", []],
	[
		"gravity's gunicorn has an address",
		"gravity:\n  gunicorn:\n    bind: localhost:8090\ngalaxy: {}\n",
		[8090],
	],
	[
		"gravity has several gunicorns",
		"gravity:\n  gunicorn:\n    - bind: 127.0.0.1:8091\n    - bind: '[::1]:8092'\n    - bind: unix:/run/g.sock\ngalaxy: {}\n",
		[8091, 8092],
	],
	[
		"uWSGI listens",
		"uwsgi:\n  http: :8093\n  socket: [127.0.0.1:4001, 4002]\n  processes: 5\ngalaxy: {}\n",
		[4001, 4002, 8093],
	],
	[
		"the front is named",
		"galaxy:\n  galaxy_infrastructure_url: https://galaxy.example:8443/galaxy\n",
		[8443],
	],
	[
		"the front is named without a port",
		"galaxy:\n  galaxy_infrastructure_url: https://galaxy.example\n",
		[443],
	],
	[
		"a merged map names it",
		"a: &a\n  galaxy_infrastructure_url: http://g:8094\ngalaxy:\n  <<: *a\n",
		[8094],
	],
	[
		"what is there makes no sense",
		"gravity: 5\nuwsgi: [a]\ngalaxy:\n  galaxy_infrastructure_url: 'http://[bad'\n",
		[],
	],
	[
		"a port is none",
		"gravity:\n  gunicorn:\n    bind: localhost:99999\ngalaxy: {}\n",
		[],
	],
];

for (const [what, text, ports] of YAML)
	test(`Galaxy's ports if in galaxy.yml ${what}`, (t) => {
		assert.deepEqual(closedPorts(t, text), ports);
	});

test("Galaxy's ports if galaxy.ini has paste's server, uWSGI and the front proxy", (t) => {
	const text = `[DEFAULT]
web-port = 8095
[server:main]
port:%(web-port)s
[uwsgi]
http = 127.0.0.1:8096
logformat = %(method) %d
[app:main]
galaxy_infrastructure_url = http://galaxy.example:8097
`;
	const ports = closedPorts(t, text, "galaxy.ini");
	assert.deepEqual(ports, [8095, 8096, 8097]);
});
