/**
 * The script of every page for users. Attributes of <main> say what it does:
 * data-stay: statuses, separated by spaces, at which a retry has found nothing new; at any other status the page is loaded
 * again. Without it the page never retries.
 * data-page: the page's name. A response that names another page is loaded.
 * data-patience: milliseconds after which the retries end.
 * data-wait: retries at growing intervals; without it only when the user comes back to the tab.
 * A retry is sent as by a program (X-Requested-With), to get the text instead of the page, and only while the tab is visible.
 * Nothing here may depend on the request, because the hash of this file is in the Content-Security-Policy.
 */
(() => {
	const main = document.querySelector("main");
	const time = document.querySelector("time");
	const { lang } = document.documentElement;
	const locale = navigator.language.startsWith(lang)
		? navigator.language
		: lang;
	const stay = main.dataset.stay?.split(" ");
	const patience = Number(main.dataset.patience ?? Infinity);
	const waits = "wait" in main.dataset;
	const longest = 10000;
	const longestAnswer = 60000;
	let pause = 1000;
	let timer;
	let asking = false;

	function showTime() {
		if (!time) return;
		const ago = Number(time.dataset.ago) + performance.now() / 1000;
		const then = new Date(Date.now() - ago * 1000);
		const [count, unit] =
			ago < 60
				? [ago, "second"]
				: ago < 3600
					? [ago / 60, "minute"]
					: ago < 86400
						? [ago / 3600, "hour"]
						: [ago / 86400, "day"];
		const relative = new Intl.RelativeTimeFormat(locale).format(
			-Math.floor(count),
			unit,
		);
		const isToday = then.toDateString() === new Date().toDateString();
		const form = isToday
			? { timeStyle: "short" }
			: { dateStyle: "medium", timeStyle: "short" };
		const exact = then.toLocaleString(locale, form).replace(/ /g, " ");
		time.textContent = `${relative} (${exact})`;
	}

	function open() {
		main.dataset.opening = "";
		const status = main.querySelector("[role=status]");
		if (status) status.textContent = status.dataset.opening;
		location.reload();
	}

	async function retry() {
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
			const page = /; page=([a-z-]+)/.exec(
				answer.headers.get("Proxy-Status"),
			)?.[1];
			if (page && page !== main.dataset.page) return location.reload();
			if (!stay.includes(String(answer.status))) return open();
		} catch {
			// The network or a front proxy is down: try again.
		} finally {
			clearTimeout(late);
			ended.abort();
			// No retries while the environment is being opened.
			asking = "opening" in main.dataset;
		}
		showTime();
		if (!waits) return;
		pause = Math.min(pause * 1.3, longest);
		timer = setTimeout(retry, pause);
	}

	showTime();
	if (!stay) return;
	document.addEventListener("visibilitychange", () => {
		pause = 1000;
		retry();
	});
	addEventListener("online", retry);
	if (waits) timer = setTimeout(retry, pause);
})();
