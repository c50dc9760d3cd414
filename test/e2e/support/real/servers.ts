import { createServer } from "node:net";
import { freePort } from "../../../support/free-port.js";
import { runApache, runNginx } from "../fronts.js";
import { isListening } from "../until.js";
import { CGI, NO_POST, REFUSES, SOCKET, VIEWS } from "./offers.js";
import { PYTHON_SERVERS } from "./python.js";
import { APPS, type RealServer } from "./server.js";

export const SERVERS: readonly RealServer[] = [
	...PYTHON_SERVERS,
	{
		name: "httpuv",
		needs: "/usr/lib/R/site-library/httpuv",
		start: (port) => ["Rscript", `${APPS}/httpuv.R`, String(port)],
		...VIEWS,
		...REFUSES,
		socket: SOCKET,
	},
	{
		name: "SWI-Prolog",
		needs: "/usr/bin/swipl",
		start: (port) => ["swipl", `${APPS}/prolog.pl`, String(port)],
		...VIEWS,
		...REFUSES,
		takesChunks: true,
		waits: false,
	},
	{
		name: "HTTP::Daemon",
		needs: "/usr/share/perl5/HTTP/Daemon.pm",
		start: (port) => ["perl", `${APPS}/daemon.pl`, String(port)],
		...VIEWS,
		takesChunks: true,
		isSingle: true,
	},
	{
		name: "starman, one worker",
		needs: "/usr/bin/starman",
		start: (port) => [
			...["starman", "--workers=1", `--listen=127.0.0.1:${port}`],
			`${APPS}/app.psgi`,
		],
		...VIEWS,
		takesChunks: true,
		isSingle: true,
	},
	{
		name: "busybox httpd",
		needs: "/bin/busybox",
		start: (port) => ["busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`],
		...CGI,
		...NO_POST,
	},
	{
		name: "websockify",
		needs: "/usr/bin/websockify",
		async start(port, folder, place) {
			const echo = createServer((socket) => {
				socket.on("error", () => socket.destroy());
				socket.pipe(socket);
			});
			const behind = await freePort();
			echo.listen(behind, "127.0.0.1");
			place.atEnd(async () => void echo.close());
			const addresses = [port, behind].map((n) => `127.0.0.1:${n}`);
			const command = ["/usr/bin/websockify", "--web", folder, ...addresses];
			await place.startReady("server", command, () => isListening(port));
		},
		...NO_POST,
		socket: { path: "/websockify", kinds: ["binary"] },
	},
	{
		name: "shellinabox",
		needs: "/usr/bin/shellinaboxd",
		start: (port) => [
			...["shellinaboxd", "-t", "--localhost-only", `--port=${port}`],
			`--service=/:${process.getuid?.()}:${process.getgid?.()}:/:/bin/cat`,
		],
		page: [
			"",
			"ShellInABox.js",
			"styles.css",
			"favicon.ico",
			"enabled.gif",
		].map((name) => `/${name}`),
		refuses: "/",
		polls: true,
	},
	{
		name: "Jetty",
		needs: "/usr/share/java/jetty9-server.jar",
		start: (port, folder) => [
			...["java", `-Dport=${port}`, `-Dfolder=${folder}`, "-cp", jars()],
			"org.eclipse.jetty.xml.XmlConfiguration",
			`${APPS}/jetty.xml`,
		],
		...CGI,
		waits: true,
		...NO_POST,
	},
	{
		name: "nginx",
		needs: "/usr/sbin/nginx",
		start: (port, folder, place) =>
			runNginx(
				place,
				port,
				`client_max_body_size 1m;
server {
listen 127.0.0.1:${port};
root ${folder};
location = /unread { return 200 unread; }
location = /empty { return 204; }
}`,
			),
		...{ unread: "/unread", empty: "/empty" },
		...REFUSES,
	},
	{
		name: "Apache",
		needs: "/usr/sbin/apache2",
		start: (port, folder, place) =>
			runApache(place, port, {
				modules: ["cgid", "alias"],
				config: `DocumentRoot ${folder}
ScriptAlias /cgi-bin/ ${folder}/cgi-bin/
Redirect 204 /empty
<Location /refuse>
LimitRequestBody 1000000
</Location>
ScriptAlias /refuse ${folder}/cgi-bin/echo`,
			}),
		// Its answer is cut if a program ends before it has read the body.
		...{ echo: CGI.echo, empty: "/empty" },
		takesChunks: true,
		waits: true,
		...REFUSES,
	},
];

function jars(): string {
	const names = "server servlet servlets util http io security xml".split(" ");
	const paths = names.map((name) => `/usr/share/java/jetty9-${name}.jar`);
	return [...paths, "/usr/share/java/servlet-api.jar"].join(":");
}
