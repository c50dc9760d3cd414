// Charts of the last five minutes; uPlot comes from its own script.
import { duration, rate, setText } from "./shown.js";

/** Seconds that a chart shows. */
const SHOWN = 300;
const HEIGHT = 132;

/** Colours are names from the style sheet; the first series of a chart is filled. */
const CHARTS = [
	{
		title: "Requests per second",
		series: [{ field: "requests", label: "all", color: "--blue" }],
		format: rate,
	},
	{
		title: "Latency",
		series: [
			{ field: "median", label: "median", color: "--blue" },
			{ field: "p95", label: "95 %", color: "--violet" },
		],
		format: duration,
	},
	{
		title: "Open",
		series: [
			{ field: "tunnels", label: "tunnels", color: "--teal" },
			{ field: "clients", label: "clients", color: "--slate" },
		],
		format: rate,
	},
	{
		title: "Errors per second",
		series: [
			{ field: "faults", label: "5xx, cut", color: "--red" },
			{ field: "refused", label: "4xx", color: "--gold" },
		],
		format: rate,
	},
];

/** Builds the charts inside `place`. @returns a function that shows samples: arrays of numbers, named by fields */
export function createCharts(place) {
	const charts = CHARTS.map((chart) => createChart(place, chart));
	let last = [[], []];
	const show = (fields, samples) => {
		last = [fields, samples];
		for (const chart of charts) chart.show(fields, samples);
	};
	const dark = matchMedia("(prefers-color-scheme: dark)");
	dark.addEventListener("change", () => {
		for (const chart of charts) chart.draw();
		show(...last);
	});
	return show;
}

function createChart(place, { title, series, format }) {
	const card = document.createElement("section");
	card.className = "card chart";
	const heading = document.createElement("h2");
	heading.textContent = title;
	const legend = document.createElement("dl");
	const values = series.map((one) => legendEntry(legend, one));
	const canvas = document.createElement("div");
	canvas.className = "canvas";
	canvas.setAttribute("role", "img");
	canvas.setAttribute("aria-label", `${title}, the last five minutes`);
	card.append(heading, legend, canvas);
	place.append(card);

	let plot = null;
	let data = [[], ...series.map(() => [])];

	/** The newest values, or those under the pointer. */
	function showValues() {
		const at = plot?.cursor.idx ?? data[0].length - 1;
		series.forEach((_, index) => {
			setText(values[index], format(data[index + 1][at] ?? null));
		});
	}

	function draw() {
		plot?.destroy();
		const options = optionsOf({ series, format, width: widthOf(canvas) });
		options.hooks = { setCursor: [showValues] };
		plot = new uPlot(options, data, canvas);
	}

	function show(fields, samples) {
		const columns = ["at", ...series.map(({ field }) => field)];
		data = columns.map((name) => {
			const at = fields.indexOf(name);
			return samples.map((sample) => sample[at]);
		});
		if (plot === null) draw();
		else plot.setData(data);
		showValues();
	}

	new ResizeObserver(() => {
		plot?.setSize({ width: widthOf(canvas), height: HEIGHT });
	}).observe(canvas);
	return { draw, show };
}

function legendEntry(legend, { label, color }) {
	const entry = document.createElement("div");
	const name = document.createElement("dt");
	const value = document.createElement("dd");
	name.textContent = label;
	name.style.setProperty("--mark", `var(${color})`);
	value.textContent = "–";
	entry.append(name, value);
	legend.append(entry);
	return value;
}

function optionsOf({ series, format, width }) {
	const style = getComputedStyle(document.documentElement);
	const color = (name) => style.getPropertyValue(name).trim();
	const axis = {
		stroke: color("--quiet"),
		font: "11px system-ui, sans-serif",
		grid: { stroke: color("--grid"), width: 1 },
		ticks: { show: false },
	};
	return {
		width,
		height: HEIGHT,
		padding: [8, 16, 0, 0],
		legend: { show: false },
		cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
		scales: {
			x: { time: false, range: (_, __, newest) => [newest - SHOWN, newest] },
			y: { range: (_, __, most) => [0, topOf(most)] },
		},
		axes: [
			{
				...axis,
				size: 24,
				gap: 4,
				splits: (plot) => {
					const newest = plot.scales.x.max;
					return [240, 120, 0].map((back) => newest - back);
				},
				values: (plot, splits) =>
					splits.map((at) => {
						const back = Math.round((plot.scales.x.max - at) / 60);
						return back === 0 ? "now" : `−${back} min`;
					}),
			},
			{
				...axis,
				size: 52,
				gap: 6,
				space: 32,
				values: (_, splits) => splits.map((value) => format(value)),
			},
		],
		series: [
			{},
			...series.map(({ label, color: name }, index) => ({
				label,
				stroke: color(name),
				width: 1.5,
				fill: index === 0 ? `${color(name)}22` : undefined,
				points: { show: false },
			})),
		],
	};
}

/** Leaves some room at the top, and gives a chart of zeros a scale. */
function topOf(most) {
	return most > 0 ? most * 1.15 : 1;
}

function widthOf(canvas) {
	return Math.max(160, Math.floor(canvas.clientWidth));
}
