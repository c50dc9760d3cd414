#!/usr/bin/env bash
# novnc.sh PORT: a desktop with a terminal in it, on a display named after the port, and noVNC's page in front of it.
set -eu
display=$1
Xtigervnc ":$display" -rfbport $((display + 1)) -localhost -SecurityTypes None -geometry 900x600 &
until [ -S "/tmp/.X11-unix/X$display" ]; do sleep 0.05; done
DISPLAY=":$display" xterm -geometry 100x30+20+20 -fa Monospace -fs 12 &
trap 'kill $(jobs -p)' EXIT
trap exit TERM
websockify --web /usr/share/novnc "127.0.0.1:$1" "127.0.0.1:$((display + 1))" &
wait $!
