import { literally, nginxPath, nginxWord } from "./quote.js";
import {
	decoded,
	type FrontSettings,
	notYetExternal,
	PLUGINS,
} from "./settings.js";

/**
 * nginx's part, a whole file: the block of Galaxy's documentation (Galaxy Interactive Environments, "Nginx") with its gaps
 * closed, each of which is named at its line.
 */
export function nginx(front: FrontSettings): string {
	const { galaxy } = front;
	return `# nginx in front of galaxy-proxy at ${front.proxy}, with Galaxy at ${galaxy.path}. A whole file for /etc/nginx/conf.d.
# With a server block for Galaxy already: map and upstream beside it, the locations into it.
# "differs": what is not as in Galaxy's own documentation, and what that block does without it.
${notYetExternal(front)}
# differs: only api/kernels could be a WebSocket; Connection is upgrade for those alone, else empty, which keeps it open.
map $http_upgrade $gie_proxy_connection {
    default upgrade;
    ""      "";
}

# differs: a new connection for each request. The address is a number because localhost may be ::1 too, where nobody listens.
upstream gie_proxy {
    server ${nginxWord(front.proxy)};
    keepalive 32;
    keepalive_timeout ${front.idleSeconds}s;
}

server {
    listen 80;
    # On a host without IPv6, not this line.
    listen [::]:80;
    server_name ${front.serverName};

    # Global GIE configuration
    # differs, ^~: a regular expression elsewhere in this server, such as for .js, took the environment's own files.
    location ^~ ${nginxWord(decoded(front.prefix))} {
        # differs: a path here made nginx decode %2F and %20 and, below api/kernels, lose the query.
        proxy_pass http://gie_proxy;
        # differs: the environment's redirects to http:// left https.
        proxy_redirect http://$http_host/ $scheme://$http_host/;
        # differs: everywhere, not below api/kernels alone: terminals, Shiny and Node-RED have WebSockets of their own.
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $gie_proxy_connection;
        # differs: the environment was told that it is localhost:8800, asked by nginx, over http.
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        # differs: events and progress came late, and long answers went to disk.
        proxy_buffering off;
        # differs: an answer with many or long header lines was 502.
        proxy_buffer_size 16k;
        proxy_buffers 4 16k;
        # differs: over 1 MB was 413, and an upload was written to disk before it was passed on.
        client_max_body_size 0;
        proxy_request_buffering off;
        # differs: a WebSocket or a long poll without traffic was cut after 60 s.
        proxy_read_timeout 1d;
        proxy_send_timeout 1d;
        # differs: an environment could have nginx send any file that an internal location of this server leads to.
        proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
    }
${galaxy.root === null ? "" : staticFiles(galaxy.path, galaxy.root)}
    # Galaxy itself
    location ${nginxWord(decoded(galaxy.path))} {
        proxy_pass http://${galaxy.address};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        client_max_body_size 0;
    }
}
`;
}

function staticFiles(path: string, root: string): string {
	const below = path === "/" ? "" : literally(decoded(path));
	const plugins = nginxPath(`${root}/${PLUGINS}`).replace(/"$/, "");
	const quote = plugins.startsWith('"') ? '"' : "";
	const rule = `^${below}/plugins/(?<plug_type>[^/]+)/(?<vis_name>[^/]+)/static/(?<static_file>.*)$`;
	return `
    # GIE and other visualization plugin static content
    # differs: below Galaxy's own path; type and name are one segment each.
    location ~ ${nginxRegex(rule)} {
        alias ${plugins}/$plug_type/$vis_name/static/$static_file${quote};
    }
`;
}

/** Quoted where a brace, a blank or a semicolon would end it, or a backslash be taken for nginx's own. */
function nginxRegex(rule: string): string {
	return /[{};\s"']|\\\\/.test(rule) ? nginxWord(rule) : rule;
}
