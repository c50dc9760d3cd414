import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";

/** What is uploaded, and downloaded again. */
export const SAMPLE = randomBytes(5_000_000);

/** Anything but the slider's first value. */
const MOVED = /moved to (?!50(\D|$))\d+/;

export const SAMPLE_HASH = sha256(SAMPLE);

/** The parts of a page that says where its slider is, and hashes and gives back an uploaded file. */
export interface Controls {
	/** Takes the arrow keys. */
	readonly slider?: Locator;
	/** The slider's handle, where it takes the mouse only. */
	readonly handle?: Locator;
	readonly file: Locator;
	readonly download: Locator;
}

/** A slider is moved, 5 MB are uploaded and downloaded again. */
export async function useControls(
	page: Page,
	{ slider, handle, file, download }: Controls,
): Promise<string> {
	await page.getByText("moved to 50").first().waitFor();
	if (handle) await drag(page, handle);
	if (slider) await slider.press("ArrowRight");
	await page.getByText(MOVED).first().waitFor();
	await file.setInputFiles(sampleFile());
	await page.getByText(`received ${SAMPLE_HASH}`).first().waitFor();
	await downloaded(page, download);
	return "slider moved, 5 MB up and down";
}

/** To the right, by 60 pixels. */
async function drag(page: Page, handle: Locator): Promise<void> {
	await handle.hover();
	await page.mouse.down();
	const box = await handle.boundingBox();
	await page.mouse.move((box?.x ?? 0) + 60, box?.y ?? 0, { steps: 5 });
	await page.mouse.up();
}

/** As Playwright gives it to an input or a dialog. */
export function sampleFile(name = "sample.bin") {
	return { name, mimeType: "application/octet-stream", buffer: SAMPLE };
}

/** A click downloads what was uploaded. */
export async function downloaded(page: Page, by: Locator): Promise<void> {
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		by.click(),
	]);
	assert.equal(sha256(readFileSync(await download.path())), SAMPLE_HASH);
}

/** The page asks for a path below its own and hashes the answer's body. */
export async function hashInPage(page: Page, path: string): Promise<string> {
	return page.evaluate<string>(`(async () => {
		const answer = await fetch(${JSON.stringify(path)});
		const hash = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
		return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
	})()`);
}

export function sha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}
