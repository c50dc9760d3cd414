#!/usr/bin/env bash
# Builds, then runs the end-to-end tests one after another; their folders and logs stay in test/e2e/.work/.
# With a name, runs what takes minutes or needs more packages instead: run.sh monitor, run.sh transfer, run.sh apps.
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf build/test/e2e
npm run --silent build
npx --no-install tsc -p test
files=(build/test/e2e/*.test.js)
[ $# -eq 0 ] || files=("build/test/e2e/$1.js")
exec node --test --test-concurrency=1 --test-timeout=600000 --test-reporter=spec "${files[@]}"
