import { fuzzResponses } from "./responses-side.js";
import { testFuzz } from "./short-run.js";

testFuzz("answers of all kinds arrive or are visibly cut", fuzzResponses, 600);
