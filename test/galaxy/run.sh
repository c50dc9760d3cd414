#!/usr/bin/env bash
# Builds, installs what is missing, and runs the tests with a real Galaxy; test/README.md says how.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
	echo "run it as root: it makes a user, a network namespace and a Docker engine" >&2
	exit 1
fi
started=$SECONDS
venv=$(mktemp)
bash test/galaxy/install.sh >"$venv" &
installed=$!
trap 'rm -f "$venv"; kill "$installed" 2>/dev/null || true' EXIT
if [ -z "${BUILT:-}" ]; then
	rm -rf build/test/galaxy
	npm run --silent build
	npx --no-install tsc -p test
fi
wait $installed
trap 'rm -f "$venv"' EXIT
export GALAXY_VENV
GALAXY_VENV=$(cat "$venv")
echo "build and installation: $((SECONDS - started)) s"
node build/test/galaxy/run.js "$@"
