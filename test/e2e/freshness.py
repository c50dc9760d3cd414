#!/usr/bin/env python3
"""Does each request that is sent after a commit see it? Against a running proxy:

    freshness.py --proxy 127.0.0.1:8800 --map /path/of/its/map.sqlite [--commits 3000] [--era gxproxy2] [--wal]

Commits new, moved and removed sessions in equal parts as Galaxy does; after each one the committing process asks for
that session on a connection that is open already. Meanwhile other clients ask for all sessions: each of their answers
must be what stood in the map at some time between the request's first byte and the answer's last. Prints what came out
as JSON; exit code 1 where anything was wrong, stale or refused.
"""
import argparse
import asyncio
import importlib.util
import json
import multiprocessing
import os
import socket
import sys
import threading
import time

SESSIONS = 24
CLIENT_PROCESSES = 4
REMOVED = "403"


def load_galaxy_map():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "galaxy-map.py")
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("galaxy_map", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def serve_backends(names, ports):
    """Containers that answer every request with their own name."""

    async def main():
        servers = []
        for name in names:
            servers.append(await asyncio.start_server(answering(name), "127.0.0.1", 0))
        ports.send([server.sockets[0].getsockname()[1] for server in servers])
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

    def __init__(self, address):
        self.address = address
        self.file = None
        self.opened = 0

    def ask(self, session):
        """The name of the backend that answered, or the status, or the error's name."""
        try:
            if self.file is None:
                self.socket = socket.create_connection(self.address, timeout=10)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.file = self.socket.makefile("rb")
                self.opened += 1
            request = f"GET /ipython/tree HTTP/1.1\r\nHost: localhost\r\nCookie: galaxysession={session}\r\n\r\n"
            self.socket.sendall(request.encode())
            return self.answer()
        except (OSError, ValueError) as error:
            self.close()
            return type(error).__name__

    def answer(self):
        status = self.file.readline().split(b" ")[1:2]
        if not status:
            raise ConnectionResetError
        length, ends = 0, False
        while (line := self.file.readline().lower()) not in (b"\r\n", b""):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            ends = ends or (line.startswith(b"connection:") and b"close" in line)
        body = self.file.read(length).decode()
        if ends:
            self.close()
        return body if status[0] == b"200" else status[0].decode()

    def close(self):
        if self.file is not None:
            self.file.close()
            self.socket.close()
            self.file = None


def ask_all_the_time(address, sessions, threads, pause, ended, results):
    """One client process: `threads` clients, each on a connection of its own."""
    records = [[] for _ in range(threads)]

    def client(number):
        connection = Connection(address)
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


class Story:
    """What stood in the map of one session: (value, when its commit began, when it had returned)."""

    def __init__(self):
        self.values = [(REMOVED, 0.0, 0.0)]

    def now(self):
        return self.values[-1][0]

    def stood(self, answer, begun, ended):
        """Whether the answer may have been the truth at some time in between."""
        after = [returned for _, _, returned in self.values[1:]] + [float("inf")]
        return any(
            value == answer and began <= ended and begun <= replaced
            for (value, began, _), replaced in zip(self.values, after)
        )

    def has_been(self, answer):
        return any(value == answer for value, _, _ in self.values)


def judge(answer, story, right):
    if right:
        return "right"
    if not (answer == REMOVED or answer.startswith("backend-")):
        return "refused"
    return "stale" if story.has_been(answer) else "wrong"


def commit_next(session_map, session, story, backends, number):
    """Makes the session's next change. Returns its kind."""
    before = story.now()
    began = time.monotonic()
    if before == REMOVED:
        # Another one than in its last life, so that a stale answer shows.
        kind, value = "new", f"backend-{number // SESSIONS % len(backends)}"
        session_map.put(session, "127.0.0.1", backends[value])
    elif len(story.values) % 3 == 2:
        kind, value = "moved", f"backend-{(int(before[8:]) + 1) % len(backends)}"
        in_place = number % 2 and session_map.era != "gxproxy"
        (session_map.update if in_place else session_map.put)(session, "127.0.0.1", backends[value])
    else:
        kind, value = "removed", REMOVED
        session_map.remove(session)
    story.values.append((value, began, time.monotonic()))
    return kind


def run(options):
    host, port = options.proxy.rsplit(":", 1)
    address = (host, int(port))
    names = [f"backend-{n}" for n in range(4)]
    sessions = ["%048x" % (n + 1) for n in range(SESSIONS)]
    here, there = multiprocessing.Pipe()
    backend_process = multiprocessing.Process(target=serve_backends, args=(names, there), daemon=True)
    backend_process.start()
    backends = dict(zip(names, here.recv()))

    session_map = load_galaxy_map().open_map(options.map, *([options.era] if options.era else []))
    session_map.put("first", "127.0.0.1", 1)
    if options.wal:
        session_map.sql("PRAGMA journal_mode = WAL")

    ended = multiprocessing.Event()
    clients = []
    for _ in range(CLIENT_PROCESSES):
        ours, theirs = multiprocessing.Pipe()
        arguments = (address, sessions, options.clients // CLIENT_PROCESSES, options.pause / 1000, ended, theirs)
        process = multiprocessing.Process(target=ask_all_the_time, args=arguments, daemon=True)
        process.start()
        clients.append((process, ours))

    stories = [Story() for _ in sessions]
    connection = Connection(address)
    connection.ask(sessions[0])
    committer = {kind: dict(right=0, wrong=0, stale=0, refused=0) for kind in ("new", "moved", "removed")}
    waits, mistakes, started = [], [], time.monotonic()
    for number in range(options.commits):
        which = number % SESSIONS
        kind = commit_next(session_map, sessions[which], stories[which], backends, number)
        returned = time.monotonic()
        answer = connection.ask(sessions[which])
        waits.append(time.monotonic() - returned)
        verdict = judge(answer, stories[which], answer == stories[which].now())
        committer[kind][verdict] += 1
        if verdict != "right":
            mistakes.append({"commit": number, "kind": kind, "expected": stories[which].now(), "answer": answer})
    seconds = time.monotonic() - started

    ended.set()
    others = dict(right=0, wrong=0, stale=0, refused=0)
    for process, ours in clients:
        for which, begun, until, answer in ours.recv():
            story = stories[which]
            verdict = judge(answer, story, story.stood(answer, begun, until))
            others[verdict] += 1
            if verdict != "right":
                mistakes.append({"client": True, "answer": answer, "verdict": verdict})
        process.join()
    backend_process.terminate()

    waits.sort()
    total = {each: sum(kind[each] for kind in committer.values()) for each in ("wrong", "stale", "refused")}
    report = {
        "commits": options.commits,
        "seconds": round(seconds, 1),
        **total,
        "perKind": committer,
        "others": {"clients": options.clients, **others},
        "connections": connection.opened,
        "answerAfterCommitMs": {"median": ms(waits, 0.5), "p99": ms(waits, 0.99), "longest": ms(waits, 1)},
        "mistakes": mistakes[:20],
    }
    print(json.dumps(report, indent=1))
    return 1 if mistakes else 0


def ms(waits, part):
    return round(waits[min(len(waits) - 1, int(len(waits) * part))] * 1000, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", required=True, help="HOST:PORT")
    parser.add_argument("--map", required=True, help="the running proxy's --sessions; must not exist or be empty of these sessions")
    parser.add_argument("--commits", type=int, default=3000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--pause", type=float, default=1, help="milliseconds between two requests of a client")
    parser.add_argument("--era", choices=["gxproxy2", "gxproxy", "v2"])
    parser.add_argument("--wal", action="store_true")
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
