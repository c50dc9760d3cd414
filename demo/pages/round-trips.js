// Sends the time four times a second over the WebSocket, and draws how long each echo took.
const INTERVAL_MS = 250;
const SHOWN = 80;
const show = (id, text) => {
	document.getElementById(id).textContent = text;
};
const milliseconds = (value) => `${value.toFixed(1)} ms`;

let count = 0;
const times = [];

function connect() {
	const address = new URL("echo", location.href);
	address.protocol = location.protocol.replace("http", "ws");
	const socket = new WebSocket(address);
	let timer;
	socket.onopen = () => {
		setState("connected", true);
		timer = setInterval(
			() => socket.send(String(performance.now())),
			INTERVAL_MS,
		);
	};
	socket.onmessage = ({ data }) => record(performance.now() - Number(data));
	socket.onclose = () => {
		clearInterval(timer);
		setState("closed, trying again", false);
		setTimeout(connect, 1000);
	};
}

function setState(text, isOpen) {
	show("state", text);
	document.getElementById("state").classList.toggle("open", isOpen);
}

function record(time) {
	count += 1;
	times.push(time);
	if (times.length > SHOWN) times.shift();
	const sorted = [...times].sort((a, b) => a - b);
	const slowest = sorted[sorted.length - 1];
	show("last", milliseconds(time));
	show("median", milliseconds(sorted[sorted.length >> 1]));
	show("slowest", milliseconds(slowest));
	show("count", count.toLocaleString("en"));
	draw(scaleFor(slowest));
}

/** The next of 1, 2, 5, 10, 20 ... milliseconds, so that the scale does not jump with every message. */
function scaleFor(slowest) {
	const power = 10 ** Math.floor(Math.log10(Math.max(slowest, 1)));
	return [1, 2, 5, 10]
		.map((step) => step * power)
		.find((top) => top >= slowest);
}

function draw(top) {
	const step = 400 / (SHOWN - 1);
	const first = SHOWN - times.length;
	const points = times.map(
		(time, index) =>
			`${((first + index) * step).toFixed(1)},${(100 - (100 * time) / top).toFixed(1)}`,
	);
	document.getElementById("trips").setAttribute("points", points.join(" "));
	show("top", `${top} ms`);
}

connect();
