import { testPeers } from "./play-all.js";
import { REQUESTS } from "./requests.js";

testPeers("hostile requests", REQUESTS);
