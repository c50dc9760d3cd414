// The table of sessions: requested with its sort order and filter, shown in rows that are reused.
import { age, bytes, count, element, setText } from "./shown.js";

/** Rows that are requested: more than anybody reads, and few enough to draw every second. */
const SHOWN = 200;
const COLUMNS = [
	{ field: "session", className: "mono" },
	{ field: "target", className: "mono" },
	{ field: "state" },
	{ field: "requests", className: "number", format: count },
	{ field: "open_tunnels", className: "number", format: count },
	{ field: "bytes_to_client", className: "number wide", format: bytes },
	{ field: "bytes_from_client", className: "number wide", format: bytes },
	{ field: "last_activity", className: "number" },
];

/** @param onChange called when sort order or filter has changed */
export function createSessions(onChange) {
	// Not by a value that changes all the time, because rows would jump.
	const sort = { field: "requests", order: "desc" };
	const filter = element("filter");
	filter.addEventListener("input", onChange);
	const buttons = [...document.querySelectorAll("button[data-sort]")];
	for (const button of buttons)
		button.addEventListener("click", () => {
			const { sort: field } = button.dataset;
			const isSame = sort.field === field;
			const isName = /^(session|target|state)$/.test(field);
			if (isSame) sort.order = sort.order === "asc" ? "desc" : "asc";
			else Object.assign(sort, { field, order: isName ? "asc" : "desc" });
			showSort();
			onChange();
		});

	function showSort() {
		for (const button of buttons) {
			const words = { asc: "ascending", desc: "descending" };
			const isSorted = button.dataset.sort === sort.field;
			const word = isSorted ? words[sort.order] : "none";
			button.closest("th").setAttribute("aria-sort", word);
		}
	}

	function address() {
		const query = new URLSearchParams({
			limit: SHOWN,
			sort: sort.field,
			order: sort.order,
			filter: filter.value.trim(),
		});
		return `routes?${query}`;
	}

	const body = element("rows");
	const rows = [];

	/** now: the daemon's clock, in milliseconds of Unix time. */
	function show({ total, matching, sessions }, now) {
		while (rows.length < sessions.length) rows.push(createRow());
		sessions.forEach((session, index) => {
			const row = rows[index];
			fill(row, session, now);
			if (!row.isConnected) body.append(row);
		});
		for (const row of rows.slice(sessions.length)) row.remove();
		showCount(total, matching, sessions.length);
	}

	function showCount(total, matching, shown) {
		const isFiltered = filter.value.trim() !== "";
		const some = shown < matching ? `first ${count(shown)} of ` : "";
		const found = isFiltered ? `${count(matching)} of ` : "";
		setText(
			element("sessions-count"),
			total === 0 ? "" : `${some}${found}${count(total)}`,
		);
		const empty = element("sessions-empty");
		empty.hidden = shown > 0;
		element("table").hidden = shown === 0;
		setText(
			empty,
			total === 0
				? "No session has been served since the start. A session appears here with its first request."
				: "No session matches the filter.",
		);
	}

	return { address, show };
}

function createRow() {
	const row = document.createElement("tr");
	for (const { className } of COLUMNS) {
		const cell = document.createElement("td");
		if (className) cell.className = className;
		row.append(cell);
	}
	const mark = document.createElement("span");
	const word = document.createElement("span");
	mark.className = "dot";
	row.children[2].append(mark, word);
	return row;
}

function fill(row, session, now) {
	COLUMNS.forEach(({ field, format }, at) => {
		const cell = row.children[at];
		const value = session[field];
		if (field === "state") {
			if (cell.dataset.state !== value) cell.dataset.state = value;
			setText(cell.lastChild, value);
		} else if (field === "last_activity")
			setText(cell, age(now - Date.parse(value)));
		else setText(cell, format ? format(value) : value);
	});
}
