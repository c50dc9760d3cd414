import { fuzzResponses } from "./responses-side.js";
import { testFuzz } from "./short-run.js";

testFuzz(
	"answers of every kind reach who asked, whole or visibly cut",
	fuzzResponses,
	600,
);
