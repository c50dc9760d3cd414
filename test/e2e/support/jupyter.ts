import { mkdirSync, writeFileSync } from "node:fs";
import { freePort } from "../../support/free-port.js";
import type { Place } from "./place.js";

/** Milliseconds for one request: its connection or answer may be lost while Jupyter and its network start. */
const ANSWER_MS = 5_000;

/** The address that Galaxy's Jupyter plugin gives its container, with Galaxy at /galaxy. */
export const BASE = "/galaxy/gie_proxy/jupyter/ipython/";

export interface JupyterOptions {
	base?: string;
	host?: string;
	/** By default a free one. */
	port?: number;
	/** Words that run the command elsewhere, such as `ip netns exec NAME`. */
	within?: readonly string[];
}

/** Jupyter Notebook as in Galaxy's image, with one notebook in it; resolves with its port once it answers. */
export async function startJupyter(
	place: Place,
	options: JupyterOptions = {},
): Promise<number> {
	const { base = BASE, host = "127.0.0.1", within = [] } = options;
	const { port = await freePort() } = options;
	const notebooks = place.file("notebooks");
	mkdirSync(notebooks, { recursive: true });
	writeFileSync(`${notebooks}/ipython_galaxy_notebook.ipynb`, NOTEBOOK);
	const command = [
		...[...within, "jupyter-notebook", "--allow-root", "--no-browser"],
		...[`--ip=${host}`, `--port=${port}`, "--port-retries=0"],
		`--notebook-dir=${notebooks}`,
		...[`--NotebookApp.base_url=${base}`, "--NotebookApp.token="],
		...["--NotebookApp.password=", "--NotebookApp.allow_origin=*"],
		"--NotebookApp.allow_remote_access=True",
	];
	await place.startReady("jupyter", command, () =>
		answers(`http://${host}:${port}${base}api`),
	);
	return port;
}

async function answers(url: string): Promise<boolean> {
	try {
		const signal = AbortSignal.timeout(ANSWER_MS);
		const response = await fetch(url, { signal });
		await response.arrayBuffer();
		return response.ok;
	} catch (error) {
		const isLate =
			error instanceof DOMException && error.name === "TimeoutError";
		if (error instanceof TypeError || isLate) return false;
		throw error;
	}
}

const NOTEBOOK = `{
	"cells": [{ "cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": ["print(sum(range(1000)))"] }],
	"metadata": { "kernelspec": { "display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3" }, "language_info": { "name": "python" } },
	"nbformat": 4,
	"nbformat_minor": 4
}`;
