"""Holds a listening socket and runs a program on it, as systemd does for a service with a socket unit (sd_listen_fds(3)).

hold-socket.py PORT COMMAND...
Each line on standard input restarts the program: SIGTERM, its end, the next one. "restarted" is printed when it has ended and
the next one runs. The end of standard input ends both.
"""

import socket
import subprocess
import sys

FIRST = 3
BACKLOG = 4096

port, *command = sys.argv[1:]
holder = socket.create_server(("127.0.0.1", int(port)), backlog=BACKLOG)
# LISTEN_PID is the program's own, which only the shell that becomes it knows.
becomes = ["sh", "-c", f'exec {FIRST}<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', str(holder.fileno())]


def start():
    return subprocess.Popen(becomes + command, pass_fds=[holder.fileno()], stdin=subprocess.DEVNULL, stdout=sys.stderr)


program = start()
for _ in sys.stdin:
    program.terminate()
    code = program.wait()
    program = start()
    print(f"restarted after {code}", flush=True)
program.terminate()
sys.exit(program.wait())
