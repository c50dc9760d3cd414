// The workers of a supervisor, and whether all of them run its version.
import { age, element, setText } from "./shown.js";

/** Nothing is shown of a daemon that is one process. */
export function showWorkers({ workers, spare, version, node, now }) {
	element("workers-card").hidden = workers === undefined;
	if (workers === undefined) return;
	const own = buildOf({ version, node });
	const others = buildsOf(workers).filter((build) => build !== own);
	element("versions").dataset.state = others.length === 0 ? "good" : "bad";
	setText(element("versions-words"), words(workers, own, others));
	const rows = workers.map((worker) => {
		const { state, pid, generation, started } = worker;
		const name = `${worker.worker}, generation ${generation}`;
		const isOther = worker.version !== "" && buildOf(worker) !== own;
		const build = isOther ? `, ${buildOf(worker)}` : "";
		const time = age(now - started);
		const since = time === "now" ? "just started" : `for ${time}`;
		return [name, `${state}, pid ${pid}, ${since}${build}`];
	});
	if (spare !== null) rows.push(["spare", `waiting, pid ${spare}`]);
	const list = element("workers");
	while (list.children.length < 2 * rows.length)
		list.append(document.createElement("dt"), document.createElement("dd"));
	while (list.children.length > 2 * rows.length) list.lastChild.remove();
	rows.flat().forEach((text, at) => {
		setText(list.children[at], text);
	});
}

function words(workers, own, others) {
	if (others.length === 0) return `All run ${own}, like the supervisor`;
	const serving = buildsOf(workers.filter(isServing));
	if (serving.length > 1)
		return `Workers run different versions: ${serving.join(" and ")}. Send SIGUSR2 to the supervisor, unless it restarts them now`;
	return serving.includes(own)
		? `Draining workers run ${others.join(" and ")}, the others ${own}, like the supervisor`
		: `The supervisor runs ${own}, its workers ${serving.join(" and ")}: restart the daemon as a whole when it suits`;
}

function isServing({ state }) {
	return state === "serving";
}

/** Each pair of versions once. A worker that has not said its versions yet has none. */
function buildsOf(workers) {
	const known = workers.filter(({ version }) => version !== "");
	return [...new Set(known.map(buildOf))];
}

function buildOf({ version, node }) {
	return `${version} on Node ${node}`;
}
