#!/usr/bin/env bash
# Installs what test/galaxy needs on Debian 12, as root: packages, and Galaxy in a virtual environment that is kept for the
# next run. Prints the environment's folder.
set -euo pipefail
exec 3>&1 >&2

# A mirror may fail for a moment, and apt waits for the lock of the packages but not for that of their lists.
patiently() {
	for pause in 5 20 60 180; do
		"$@" && return
		echo "failed: $*; again in $pause s"
		sleep $pause
	done
	"$@"
}

packages=(python3-venv nginx-light apache2 chromium postgresql docker.io iptables iproute2 procps util-linux passwd)
missing=()
for package in "${packages[@]}"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
	apt=(apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5)
	install_missing() {
		"${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
	}
	patiently install_missing
fi

if [ -n "${GALAXY_VENV:-}" ]; then
	echo "$GALAXY_VENV" >&3
	exit
fi

# Galaxy's user must reach it, which it cannot below root's home.
cache=${XDG_CACHE_HOME:-$HOME/.cache}
mkdir -p "$cache"
setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$cache" 2>/dev/null || cache=/var/cache
cache=$cache/galaxy-proxy-tests
galaxy=26.1
venv=$cache/galaxy-$galaxy-python$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mkdir -p "$cache"
# gravity is the version that Galaxy names, and psycopg2 is for a map in PostgreSQL.
make_venv() {
	rm -rf "$venv" &&
		/usr/bin/python3 -m venv "$venv" &&
		"$venv/bin/pip" install --quiet --disable-pip-version-check "galaxy==$galaxy.*" psycopg2-binary &&
		touch "$venv/complete"
}
(
	flock 9
	[ -e "$venv/complete" ] || patiently make_venv
) 9>"$venv.lock"
echo "$venv" >&3
