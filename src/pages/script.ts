/**
 * What every page runs. By attributes of <main>:
 * data-stay: statuses, with spaces between them, at which looking again is of no use; at any other the page is loaded anew.
 * Without it the page never looks again.
 * data-page: its name. Where the answer names another page, that one is loaded.
 * data-patience: milliseconds after which it stops looking.
 * data-wait: it looks again by itself, at growing intervals; without it only when its user comes back to the tab.
 * It asks as scripts do (X-Requested-With), so that it gets the text and no page, and only while somebody can see it.
 * Nothing in it may depend on the request: its hash stands in the Content-Security-Policy.
 */
export const SCRIPT = `
(() => {
	const main = document.querySelector("main");
	const time = document.querySelector("time");
	const { lang } = document.documentElement;
	const locale = navigator.language.startsWith(lang) ? navigator.language : lang;
	const stay = main.dataset.stay?.split(" ");
	const patience = Number(main.dataset.patience ?? Infinity);
	const waits = "wait" in main.dataset;
	const longest = 10000;
	const longestAnswer = 60000;
	let pause = 1000;
	let timer;
	let asking = false;

	function tellTime() {
		if (!time) return;
		const ago = Number(time.dataset.ago) + performance.now() / 1000;
		const then = new Date(Date.now() - ago * 1000);
		const [count, unit] =
			ago < 60 ? [ago, "second"] :
			ago < 3600 ? [ago / 60, "minute"] :
			ago < 86400 ? [ago / 3600, "hour"] : [ago / 86400, "day"];
		const relative = new Intl.RelativeTimeFormat(locale).format(-Math.floor(count), unit);
		const isToday = then.toDateString() === new Date().toDateString();
		const form = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
		const exact = then.toLocaleString(locale, form).replace(/ /g, "\u00a0");
		time.textContent = relative + " (" + exact + ")";
	}

	function open() {
		main.dataset.opening = "";
		const status = main.querySelector("[role=status]");
		if (status) status.textContent = status.dataset.opening;
		location.reload();
	}

	async function look() {
		clearTimeout(timer);
		if (asking || document.hidden || performance.now() > patience) return;
		asking = true;
		const ended = new AbortController();
		const late = setTimeout(() => ended.abort(), longestAnswer);
		try {
			const answer = await fetch("", {
				headers: { Accept: "text/plain", "X-Requested-With": "fetch" },
				cache: "no-store",
				redirect: "manual",
				signal: ended.signal,
			});
			if (!stay.includes(String(answer.status))) return open();
			const page = /; page=([a-z-]+)/.exec(answer.headers.get("Proxy-Status"))?.[1];
			if (page && page !== main.dataset.page) return location.reload();
		} catch {
			// The network, or what stands in front of the environment, is away: it is asked again.
		} finally {
			clearTimeout(late);
			ended.abort();
			// Once it is being opened, nothing more is asked.
			asking = "opening" in main.dataset;
		}
		tellTime();
		if (!waits) return;
		pause = Math.min(pause * 1.3, longest);
		timer = setTimeout(look, pause);
	}

	tellTime();
	if (!stay) return;
	document.addEventListener("visibilitychange", () => {
		pause = 1000;
		look();
	});
	addEventListener("online", look);
	if (waits) timer = setTimeout(look, pause);
})();
`;
