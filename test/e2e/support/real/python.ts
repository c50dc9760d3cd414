import { CGI, NO_POST, REFUSES, SOCKET, VIEWS } from "./offers.js";
import { APPS, type RealServer } from "./server.js";

/** Debian's, for which the packages are installed. */
const PYTHON = "/usr/bin/python3";

export const PYTHON_SERVERS: readonly RealServer[] = [
	{
		name: "Python http.server, HTTP/1.0",
		needs: PYTHON,
		start: (port) => httpServer(port),
		...NO_POST,
	},
	{
		name: "Python http.server, HTTP/1.1",
		needs: PYTHON,
		start: (port) => httpServer(port, "--protocol", "HTTP/1.1"),
		...NO_POST,
	},
	{
		name: "Python http.server --cgi",
		needs: PYTHON,
		start: (port) => httpServer(port, "--cgi"),
		...CGI,
		...NO_POST,
	},
	{
		name: "Python HTTPServer",
		needs: PYTHON,
		start: (port) => [PYTHON, `${APPS}/single.py`, String(port)],
		...VIEWS,
		...REFUSES,
		isSingle: true,
	},
	{
		name: "Flask",
		needs: "/usr/lib/python3/dist-packages/flask",
		start: (port) => [
			...[PYTHON, "-m", "flask", "--app", `${APPS}/flask_app.py`, "run"],
			`--port=${port}`,
		],
		...VIEWS,
		...REFUSES,
		takesChunks: true,
	},
	{
		name: "gunicorn",
		needs: "/usr/bin/gunicorn",
		start: (port) => [
			...["/usr/bin/gunicorn", "--threads=4", `--bind=127.0.0.1:${port}`],
			...[`--pythonpath=${APPS}`, "flask_app:app"],
		],
		...VIEWS,
		...REFUSES,
		takesChunks: true,
	},
	{
		name: "uvicorn",
		needs: "/usr/lib/python3/dist-packages/uvicorn",
		start: (port) => [
			...[PYTHON, "-m", "uvicorn", `--app-dir=${APPS}`, `--port=${port}`],
			...["--lifespan=off", "asgi:app"],
		],
		...VIEWS,
		...REFUSES,
		takesChunks: true,
		socket: SOCKET,
	},
	{
		name: "Tornado",
		needs: "/usr/lib/python3/dist-packages/tornado",
		start: (port) => [PYTHON, `${APPS}/tornado_app.py`, String(port)],
		...VIEWS,
		...REFUSES,
		takesChunks: true,
		socket: SOCKET,
	},
];

function httpServer(port: number, ...more: string[]): string[] {
	const bind = ["--bind", "127.0.0.1", String(port)];
	return [PYTHON, "-m", "http.server", ...more, ...bind];
}
