/** What the programs in apps/ offer; servers name it by these. */
export const VIEWS = {
	echo: "/echo",
	unread: "/unread",
	empty: "/empty",
	waits: true,
};
export const REFUSES = { refuses: "/refuse" };
export const CGI = { echo: "/cgi-bin/echo", unread: "/cgi-bin/unread" };
export const NO_POST = { refuses: "/file-0.txt" };
export const SOCKET = { path: "/socket", kinds: ["text", "binary"] } as const;
