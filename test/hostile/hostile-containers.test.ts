import { CONTAINERS } from "./containers.js";
import { testPeers } from "./play-all.js";

testPeers("broken containers", CONTAINERS);
