/**
 * Fields by which a server commands the proxy in front of it, not the browser: to send a file of the proxy's own machine,
 * or to fetch another address. A container speaks for itself alone, so these are dropped from all that it answers
 * (docs/security.md). In lower case, each with who obeys it.
 */
export const FRONT_COMMANDS: ReadonlyMap<string, string> = new Map([
	["x-accel-redirect", "nginx: ngx_http_proxy_module"],
	["x-sendfile", "Apache: mod_xsendfile; lighttpd: mod_proxy, mod_cgi"],
	["x-lighttpd-send-file", "lighttpd 1.4"],
	["x-lighttpd-send-tempfile", "lighttpd 1.4, which deletes the file as well"],
	["x-litespeed-location", "LiteSpeed"],
	["x-reproxy-url", "Perlbal; nginx and H2O by configuration"],
	["x-reproxy-file", "Perlbal"],
]);

/** name: in lower case. */
export function isFrontCommand(name: string): boolean {
	return name.startsWith("x-") && FRONT_COMMANDS.has(name);
}
