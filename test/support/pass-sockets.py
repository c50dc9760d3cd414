"""Becomes a program that is handed listening sockets, as systemd starts one (sd_listen_fds(3)).

pass-sockets.py WHOSE PLACE... -- COMMAND...
WHOSE: "own", or a process id that LISTEN_PID names instead. PLACE: an IPv4 address, any port of it; the path of a unix
socket; or "datagram", which nobody can listen on.
"""

import fcntl
import os
import socket
import sys

FIRST = 3

end = sys.argv.index("--")
whose, *places = sys.argv[1:end]
command = sys.argv[end + 1 :]


def opened(place):
    if place == "datagram":
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if place.startswith("/"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(place)
    else:
        listener = socket.socket()
        listener.bind((place, 0))
    listener.listen()
    return listener


sockets = [opened(place) for place in places]
# First away from the numbers that they are to have.
away = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, FIRST + len(sockets)) for each in sockets]
for number, descriptor in enumerate(away, FIRST):
    os.dup2(descriptor, number, inheritable=True)
    os.close(descriptor)

os.environ["LISTEN_FDS"] = str(len(sockets))
os.environ["LISTEN_PID"] = str(os.getpid()) if whose == "own" else whose
os.execvp(command[0], command)
