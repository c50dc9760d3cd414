import { WORKERS } from "../support/workers.js";
import { fuzzResponses } from "./responses-side.js";
import { testFuzz } from "./short-run.js";

testFuzz(
	"answers of all kinds arrive or are visibly cut",
	fuzzResponses,
	600,
	WORKERS > 0 && "a reset destroys what another process has not read yet",
);
