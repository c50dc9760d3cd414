import { testPeers } from "./play-all.js";
import { UPGRADES } from "./upgrades.js";

testPeers("hostile upgrades", UPGRADES);
