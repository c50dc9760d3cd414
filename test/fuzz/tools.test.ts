import { testFuzz } from "./short-run.js";
import { fuzzTools } from "./tools-side.js";

testFuzz("requests reach the tool that they name, or none", fuzzTools, 150);
