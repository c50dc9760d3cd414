import { LEAVING } from "./leaving.js";
import { testPeers } from "./play-all.js";

testPeers("containers that leave", LEAVING);
