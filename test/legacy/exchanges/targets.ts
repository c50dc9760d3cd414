import { type Exchange, get, head } from "../exchange.js";

/** Bytes of UTF-8 as they stand on the wire. */
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

/** What stands between the method and the version. */
export const targets: Exchange[] = [
	{ name: "the root", send: get("/") },
	{ name: "a prefix is not cut", send: get("/galaxy/gie_proxy/rstudio/") },
	{ name: "a query", send: get("/files?path=a/b&x=1") },
	{ name: "an empty query", send: get("/files?") },
	{ name: "several question marks", send: get("/a?b?c=d?e") },
	{
		name: "double slashes in front, as docker-galaxy's nginx sends",
		send: get("//gie_proxy/jupyter/ipython/tree"),
	},
	{ name: "double slashes anywhere in the path", send: get("/a//b///c//") },
	{
		name: "double slashes in the query",
		send: get("//gie_proxy//a?next=http://x//y"),
	},
	{
		name: "percent-encoded slash and space",
		send: get("/files/a%2Fb%20c.txt"),
	},
	{ name: "percent-encoded UTF-8", send: get("/files/%C3%BC%E2%82%AC.ipynb") },
	{ name: "a percent sign that encodes nothing", send: get("/files/100%/x") },
	{ name: "percent-encoding in lower case", send: get("/files/%c3%bc%2f") },
	{
		name: "raw UTF-8",
		send: get(utf8("/files/Übung€.ipynb")),
		differs: ["raw UTF-8 passes"],
	},
	{
		name: "raw UTF-8 in the query",
		send: get(utf8("/search?q=größe")),
		differs: ["raw UTF-8 passes"],
	},
	{ name: "square brackets", send: get("/files/a[1].txt?x[]=1&x[]=2") },
	{ name: "braces and bars", send: get("/api?filter={a|b}") },
	{
		name: "quotes, backquotes and carets",
		send: get("/api?x='a'&y=`b`&z=\"^\""),
	},
	{ name: "angle brackets", send: get("/api?x=<a>") },
	{ name: "semicolons and matrix parameters", send: get("/a;v=1/b;w=2?x;y") },
	{ name: "sub-delimiters", send: get("/a!$&'()*+,;=:@-._~") },
	{ name: "dot segments stay", send: get("/a/./b/../c") },
	{ name: "encoded dot segments stay", send: get("/a/%2e%2e/c") },
	{ name: "a colon in the first segment", send: get("/a:b") },
	{
		name: "an address in the query",
		send: get("/login?next=%2Fgalaxy%2Fgie_proxy%2Fjupyter%2Fipython%2Ftree"),
	},
	{ name: "plus signs", send: get("/search?q=a+b%2Bc") },
	{
		name: "a long target",
		send: get(`/files/${"long/".repeat(1200)}?${"x=1&".repeat(300)}`),
	},
	{
		name: "absolute form",
		send: head("GET http://galaxy.example:8800/abc%20d?x=1 HTTP/1.1"),
	},
	{
		name: "absolute form without a path",
		send: head("GET http://galaxy.example:8800 HTTP/1.1"),
	},
	{
		name: "an address within the path",
		send: get("/proxy/http://x/y"),
	},
	{
		name: "kernel channels",
		send: get("/ipython/api/kernels/5c0a6ba8-1a/channels?session_id=ABC"),
	},
];
