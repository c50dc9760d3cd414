import { apacheWord, literally } from "./quote.js";
import {
	decoded,
	type FrontSettings,
	notYetExternal,
	PLUGINS,
} from "./settings.js";

/**
 * Apache's part, a whole file: the block of Galaxy's documentation (Galaxy Interactive Environments, "Apache") with its gaps
 * closed, each of which is named at its line.
 */
export function apache(front: FrontSettings): string {
	const { galaxy } = front;
	const prefix = apacheWord(decoded(front.prefix));
	const authority = front.proxy.startsWith("unix:")
		? `${front.proxy}|http://localhost`
		: `http://${front.proxy}`;
	const proxy = apacheWord(`${authority}${front.prefix}`);
	const path = apacheWord(decoded(galaxy.path));
	const itself = apacheWord(`http://${galaxy.address}${galaxy.path}`);
	const redirect = apacheWord(`^http://([^/]+${literally(front.prefix)}(/|$))`);
	return `# Apache in front of galaxy-proxy at ${front.proxy}, with Galaxy at ${galaxy.path}. A whole file for sites-available; Apache 2.4.47 or
# later with: a2enmod alias headers proxy proxy_http proxy_wstunnel
# With a virtual host for Galaxy already: what stands within VirtualHost into it, above its own ProxyPass lines.
# "differs": what is not as in Galaxy's own documentation, and what that block does without it.
${notYetExternal(front)}
<VirtualHost *:80>
    ServerName ${front.serverName}

    # differs: a path with %2F was 404.
    AllowEncodedSlashes NoDecode

    # Global GIE configuration
    # differs, upgrade: only api/kernels could be a WebSocket; the line for it alone is not needed any more.
    # differs, nocanon: encoded paths arrived changed.
    # differs, timeout: a WebSocket or a long poll without traffic was cut after 60 s.
    # differs, connectiontimeout and retry: a restart of the proxy was a minute of 503.
    # differs, ttl: a connection that the proxy was about to close was used again.
    # differs, responsefieldsize: an answer with a header line over 8 kB was 502.
    # differs, the address: localhost may be ::1 too, where nobody listens.
    ProxyPass        ${prefix} ${proxy} nocanon upgrade=websocket timeout=86400 connectiontimeout=5 retry=0 ttl=${front.idleSeconds} responsefieldsize=65536
    ProxyPassReverse ${prefix} ${proxy}
    <Location ${prefix}>
        # differs: the environment was told that it is localhost:8800, asked over http.
        ProxyPreserveHost On
        RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
        # differs: the environment's redirects to http:// left https.
        Header edit Location ${redirect} "https://$1" "expr=%{REQUEST_SCHEME} == 'https'"
        # differs: an upload over 1 GB was 413 (from Apache 2.4.54 on).
        LimitRequestBody 0
        # differs: an environment could have Apache send any file. Must stand below a Location for all that switches it on.
        <IfModule mod_xsendfile.c>
            XSendFile Off
        </IfModule>
    </Location>
${galaxy.root === null ? "" : staticFiles(galaxy.path, galaxy.root)}
    # Normal Galaxy configuration
    ProxyPass        ${path} ${itself}
    ProxyPassReverse ${path} ${itself}
</VirtualHost>
`;
}

/** Galaxy's documentation has this rule for nginx alone. */
function staticFiles(path: string, root: string): string {
	const below = path === "/" ? "" : literally(decoded(path));
	const rule = `^${below}/plugins/([^/]+)/([^/]+)/static/(.*)$`;
	const plugins = `${root}/${PLUGINS}`;
	return `
    # GIE and other visualization plugin static content
    # differs: Galaxy's documentation has it for nginx alone.
    ProxyPassMatch ${apacheWord(rule)} "!"
    AliasMatch ${apacheWord(rule)} ${apacheWord(`${plugins}/$1/$2/static/$3`)}
    <Directory ${apacheWord(plugins)}>
        Require all granted
    </Directory>
`;
}
