"""Stands for systemd: prints each message that arrives at the datagram socket argv[1], one a line."""
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print("listening", flush=True)
while True:
    # Without room for descriptors: those of systemd-notify's barrier are closed, which is what it waits for.
    print(listener.recv(4096).decode().replace("\n", " "), flush=True)
