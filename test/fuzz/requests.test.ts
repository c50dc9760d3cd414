import { fuzzRequests } from "./requests-side.js";
import { testFuzz } from "./short-run.js";

testFuzz(
	"requests of every kind reach the container as they were sent, or not at all",
	fuzzRequests,
	400,
);
