import { get, head, type Table } from "../exchange.js";

/** The bytes of UTF-8 as they are sent. */
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

/** Request targets. */
export const targets: Table = {
	"the root": get("/"),
	"a prefix is not cut": get("/galaxy/gie_proxy/rstudio/"),
	"a query": get("/files?path=a/b&x=1"),
	"an empty query": get("/files?"),
	"several question marks": get("/a?b?c=d?e"),
	"double slashes in front, as docker-galaxy's nginx sends": get(
		"//gie_proxy/jupyter/ipython/tree",
	),
	"double slashes in front of any path": get("//a/b?c=//d"),
	"three slashes in front": get("///a"),
	"slashes alone": get("///"),
	"double slashes anywhere in the path": get("/a//b///c//"),
	"double slashes in the query": get("//gie_proxy//a?next=http://x//y"),
	"percent-encoded slash and space": get("/files/a%2Fb%20c.txt"),
	"percent-encoded UTF-8": get("/files/%C3%BC%E2%82%AC.ipynb"),
	"a percent sign that encodes nothing": get("/files/100%/x"),
	"percent-encoding in lower case": get("/files/%c3%bc%2f"),
	"raw UTF-8": {
		send: get(utf8("/files/Übung€.ipynb")),
		differs: ["raw UTF-8 passes"],
	},
	"raw UTF-8 in the query": {
		send: get(utf8("/search?q=größe")),
		differs: ["raw UTF-8 passes"],
	},
	"square brackets": get("/files/a[1].txt?x[]=1&x[]=2"),
	"braces and bars": get("/api?filter={a|b}"),
	"quotes, backquotes and carets": get("/api?x='a'&y=`b`&z=\"^\""),
	"angle brackets": get("/api?x=<a>"),
	"semicolons and matrix parameters": get("/a;v=1/b;w=2?x;y"),
	"sub-delimiters": get("/a!$&'()*+,;=:@-._~"),
	"dot segments stay": get("/a/./b/../c"),
	"encoded dot segments stay": get("/a/%2e%2e/c"),
	"a colon in the first segment": get("/a:b"),
	"an address in the query": get(
		"/login?next=%2Fgalaxy%2Fgie_proxy%2Fjupyter%2Fipython%2Ftree",
	),
	"plus signs": get("/search?q=a+b%2Bc"),
	"a long target": get(`/files/${"long/".repeat(1200)}?${"x=1&".repeat(300)}`),
	"absolute form": head("GET http://galaxy.example:8800/abc%20d?x=1 HTTP/1.1"),
	"absolute form without a path": head(
		"GET http://galaxy.example:8800 HTTP/1.1",
	),
	"absolute form whose path begins with two slashes": head(
		"GET http://galaxy.example:8800//a?x=//1 HTTP/1.1",
	),
	"absolute form of a WebSocket's address": head(
		"GET ws://galaxy.example:8800/abc?x=1 HTTP/1.1",
	),
	"an address within the path": get("/proxy/http://x/y"),
	"kernel channels": get(
		"/ipython/api/kernels/5c0a6ba8-1a/channels?session_id=ABC",
	),
};
