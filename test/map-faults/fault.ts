import type { TestContext } from "node:test";
import {
	endScene,
	endsInNewTruth,
	type Scene,
	type SceneOptions,
	startScene,
} from "./scene.js";

/** Something that makes the map unreadable, and what ends that with the new truth in the map. */
export interface Fault {
	readonly name: string;
	readonly strike: (scene: Scene) => unknown;
	/** After it has resolved, every request is answered by the new truth. */
	readonly mend: (scene: Scene) => unknown;
	readonly scene?: SceneOptions;
}

/**
 * Plays the fault over a running daemon: sessions that were seen keep their answers, who was never seen is told 503, not
 * 403; one line says that the map is unreadable, one that it is readable again.
 */
export async function endure(t: TestContext, fault: Fault): Promise<void> {
	const scene = await startScene(t, fault.scene);
	const { client, daemon } = scene;
	client.tally();
	client.expect("comes", "403", "503");
	await fault.strike(scene);
	client.expect("comes", "503");
	await daemon.logged(({ msg }) => msg === "session map unreadable");
	await Promise.all([
		...["abc", "moves", "leaves"].map((each) => client.answers(each, 10)),
		client.until("comes", "503"),
	]);
	const during = client.tally();

	await mendScene(scene, fault.mend, (after) =>
		t.diagnostic(
			`| ${fault.name} | ${during} | ${after} ms | ${scene.states().slice(1)} |`,
		),
	);
	await endScene(scene, ["readable", "unreadable", "readable"]);
}

/** Brings the new truth; `told` gets the milliseconds from then to the last first right answer. */
export async function mendScene(
	scene: Scene,
	mend: Fault["mend"],
	told: (after: number) => void,
): Promise<void> {
	const { client } = scene;
	client.expect("moves", "B", "C");
	client.expect("leaves", "A", "403");
	client.expect("comes", "403", "503", "C");
	await mend(scene);
	const mended = performance.now();
	await endsInNewTruth(scene);
	told(Math.round(performance.now() - mended));
}
