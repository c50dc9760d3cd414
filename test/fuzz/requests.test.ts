import { fuzzRequests } from "./requests-side.js";
import { testFuzz } from "./short-run.js";

testFuzz(
	"requests of all kinds arrive as sent or not at all",
	fuzzRequests,
	400,
);
