"""The containers and the clients of freshness.py."""
import asyncio
import socket
import threading
import time

# Seconds: a machine may be suspended for a minute.
PATIENCE = 180

# The answer for a session without a row, whatever its status is.
REMOVED = "removed"


def serve_containers(names, ports):
    """Containers that answer every request with their own name; a port by name into the pipe."""

    async def main():
        servers = [await asyncio.start_server(answering(name), "127.0.0.1", 0) for name in names]
        ports.send({name: server.sockets[0].getsockname()[1] for name, server in zip(names, servers)})
        await asyncio.Event().wait()

    def answering(name):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name.encode())

        async def on_connection(reader, writer):
            try:
                while True:
                    await reader.readuntil(b"\r\n\r\n")
                    writer.write(answer)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        return on_connection

    asyncio.run(main())


class Connection:
    """A browser's connection, kept open; opened again where the proxy has closed it."""

    def __init__(self, address, removed="403"):
        """removed: the status of a session without a row."""
        self.address = address
        self.removed = removed
        self.file = None
        self.opened = 0
        self.sent = 0.0

    def ask(self, session):
        """The name of the container that answered, or the status, or the error's name. A tool is named KEY-TOKEN."""
        if "-" in session:
            answer = self.ask_host(f"{session}.ep.interactivetool.localhost")
        else:
            answer = self.ask_for(f"Host: localhost\r\nCookie: galaxysession={session}")
        return REMOVED if answer == self.removed else answer

    def ask_host(self, host):
        return self.ask_for(f"Host: {host}")

    def ask_for(self, fields):
        try:
            if self.file is None:
                self.socket = socket.create_connection(self.address, timeout=PATIENCE)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.file = self.socket.makefile("rb")
                self.opened += 1
            request = f"GET /ipython/tree HTTP/1.1\r\n{fields}\r\n\r\n"
            self.socket.sendall(request.encode())
            self.sent = time.monotonic()
            return self.answer()
        except (OSError, ValueError) as error:
            self.close()
            return type(error).__name__

    def answer(self):
        status = self.file.readline().split(b" ")[1:2]
        if not status:
            raise ConnectionResetError
        length, ends = None, False
        while (line := self.file.readline().lower()) not in (b"\r\n", b""):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            ends = ends or (line.startswith(b"connection:") and b"close" in line)
        body = self.file.read(length or 0).decode()
        # gx-it-proxy's own answers have no length.
        if ends or length is None:
            self.close()
        return body if status[0] == b"200" else status[0].decode()

    def close(self):
        if self.file is not None:
            self.file.close()
            self.socket.close()
            self.file = None


def ask_all_the_time(connect, sessions, threads, pause, ended, results):
    """One client process: `threads` clients, each on its own connection."""
    records = [[] for _ in range(threads)]

    def client(number):
        connection = connect()
        n = number
        while not ended.is_set():
            n += 1
            session = n * (number * 2 + 1) % len(sessions)
            begun = time.monotonic()
            answer = connection.ask(sessions[session])
            records[number].append((session, begun, time.monotonic(), answer))
            time.sleep(pause)
        connection.close()

    running = [threading.Thread(target=client, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    results.send([record for each in records for record in each])
