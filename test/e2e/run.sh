#!/usr/bin/env bash
# Builds, then runs the batteries that npm test leaves out and the end-to-end tests one after another; their folders and logs
# stay in test/e2e/.work/.
# With a name, runs what takes minutes or needs more packages instead: run.sh monitor, run.sh transfer, run.sh apps.
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf build/test/e2e
npm run --silent build
npx --no-install tsc -p test
files=(build/test/e2e/*.test.js)
if [ $# -gt 0 ]; then files=("build/test/e2e/$1.js"); else node test/run.mjs doctor/ hostile/ postgres/ soak/ workers/; fi
exec node --test --test-concurrency=1 --test-timeout=900000 --test-reporter=spec "${files[@]}"
