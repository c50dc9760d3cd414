import { CLIENTS } from "./clients.js";
import { testPeers } from "./play-all.js";

testPeers("slow and vanishing clients", CLIENTS);
