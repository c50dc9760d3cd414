import type { Diagnosis } from "../check.js";
import type { DoctorSettings } from "../doctor-settings.js";
import { unchecked } from "../finding.js";
import type { Host } from "../host.js";
import { setupOf } from "./setup.js";
import { SETUP_CHECKS } from "./setup-checks.js";

/** The checks of Interactive Tools alone. */
export async function checkTools(
	diagnosis: Diagnosis,
	settings: DoctorSettings,
	host: Host,
): Promise<void> {
	const setup = setupOf(settings, host);
	if (setup === undefined) diagnosis.add("tools enabled", NO_FILE);
	else await diagnosis.run(SETUP_CHECKS, setup);
}

const NO_FILE = unchecked`Galaxy, gravity and the jobs -> Add --config with Galaxy's own file, for example --config config/galaxy.yml.`;
