import type { Sample } from "./samples.js";

/** Pixels. */
const WIDTH = 800;
const LEFT = 70;
const RIGHT = 20;
const PANEL = 120;
const GAP = 44;
const TOP = 34;

/** The most points of a curve; more are not visible. */
const POINTS = 400;

/** Greys and colours that can be read on white and on black: the page's background shows through. */
const STYLE = `
	text { font: 12px sans-serif; fill: #777; }
	.title { font-weight: bold; }
	.axis { stroke: #777; stroke-width: 1; }
	.grid { stroke: #777; stroke-width: 0.5; stroke-opacity: 0.35; }
	.warm { fill: #777; fill-opacity: 0.12; }
	.curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
	.quiet { stroke: none; }`;

type Panel = [title: string, colour: string, value: (one: Sample) => number];

const PANELS: readonly Panel[] = [
	["Open descriptors", "#2f80d0", ({ descriptors }) => descriptors],
	["Heap in use, MB", "#c2691c", ({ heapUsed }) => heapUsed / 1e6],
	["Resident memory, MB", "#3a9a55", ({ rss }) => rss / 1e6],
];

/** The samples over time as an SVG; a dot for each pause, the time until `warmSeconds` is shaded. */
export function drawing(
	samples: readonly Sample[],
	quiet: readonly Sample[],
	warmSeconds: number,
): string {
	const end = samples.at(-1)?.seconds ?? 1;
	const height = TOP + PANELS.length * (PANEL + GAP);
	const step = Math.ceil(samples.length / POINTS);
	const shown = samples.filter((_sample, at) => at % step === 0);
	const figures = { shown, quiet, end, warmSeconds };
	const panels = PANELS.map((panel, at) =>
		drawPanel(panel, TOP + at * (PANEL + GAP), figures),
	);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Open descriptors, heap and resident memory of the daemon over ${Math.round(end / 60)} minutes of mixed load">
<style>${STYLE}
</style>
${panels.join("\n")}
</svg>
`;
}

interface Figures {
	shown: readonly Sample[];
	quiet: readonly Sample[];
	end: number;
	warmSeconds: number;
}

function drawPanel(
	[title, colour, value]: Panel,
	top: number,
	{ shown, quiet, end, warmSeconds }: Figures,
): string {
	const highest = roundUp(Math.max(...shown.map(value)));
	const bottom = top + PANEL;
	const x = (seconds: number): string =>
		(LEFT + (seconds / end) * (WIDTH - LEFT - RIGHT)).toFixed(1);
	const y = (height: number): string =>
		(bottom - (height / highest) * PANEL).toFixed(1);
	const at = (sample: Sample): string =>
		`${x(sample.seconds)},${y(value(sample))}`;
	const dot = (sample: Sample): string => {
		const [cx, cy] = at(sample).split(",");
		return `<circle class="quiet" fill="${colour}" cx="${cx}" cy="${cy}" r="3"/>`;
	};
	return [
		`<text class="title" x="${LEFT}" y="${top - 8}">${title}</text>`,
		`<rect class="warm" x="${LEFT}" y="${top}" width="${Number(x(warmSeconds)) - LEFT}" height="${PANEL}"/>`,
		...[0, 0.5, 1].map((part) => levelLine(highest * part, y(highest * part))),
		...minutes(end).map((minute) => minuteMark(minute, x(minute * 60), bottom)),
		`<line class="axis" x1="${LEFT}" y1="${top}" x2="${LEFT}" y2="${bottom}"/>`,
		`<polyline class="curve" stroke="${colour}" points="${shown.map(at).join(" ")}"/>`,
		...quiet.map(dot),
	].join("\n");
}

function levelLine(value: number, y: string): string {
	return `<line class="grid" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/><text x="${LEFT - 8}" y="${Number(y) + 4}" text-anchor="end">${value}</text>`;
}

function minuteMark(minute: number, x: string, bottom: number): string {
	return `<line class="axis" x1="${x}" y1="${bottom}" x2="${x}" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 17}" text-anchor="middle">${minute} min</text>`;
}

function minutes(end: number): number[] {
	return Array.from({ length: Math.floor(end / 60) + 1 }, (_none, at) => at);
}

/** The next of 1, 2, 4, 5, 6, 8 or 10 times a power of ten: halves of them read well. */
function roundUp(value: number): number {
	const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
	const steps = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];
	return (steps.find((step) => step * power >= value) ?? 10) * power;
}
