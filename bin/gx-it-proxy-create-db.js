#!/usr/bin/env node
"use strict";
// A link to this file may have any name; the program decides by this one.
process.argv[1] = __filename;
require("../lib/main.js");
