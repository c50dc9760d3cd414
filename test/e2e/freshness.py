#!/usr/bin/env python3
"""Does each request that is sent after a commit see it? Against a running proxy:

    freshness.py --proxy 127.0.0.1:8800 --map /path/of/its/map.sqlite [--commits 3000] [--era gxproxy2] [--wal]
    /usr/bin/python3 freshness.py --proxy 127.0.0.1:8800 --proxy 127.0.0.1:8801 --map postgresql://... [--commits 3000]

Two writers commit new, moved and removed sessions in equal parts as Galaxy does, each its own half of the sessions;
after each commit the writer asks each proxy for that session on a connection that is open already. Meanwhile other clients
ask for all sessions: each of their answers must be what stood in the map at some time between the request's first byte and
the answer's last. Every session has containers of its own, so that another session's shows. In a database the sessions are
tools. Prints what came out as JSON; exit code 1 where anything was wrong, stale or refused, or came too late to be judged.
"""
import argparse
import bisect
import functools
import importlib.util
import json
import multiprocessing
import os
import sys
import time

# Python writes no caches next to the sources.
sys.dont_write_bytecode = True

from freshness_asking import PATIENCE, REMOVED, Connection, ask_all_the_time, serve_containers

SESSIONS = 24
CONTAINERS = 4
CLIENT_PROCESSES = 4
WRITERS = 2
# Seconds after which a proxy may give the last route it knows, or 503: it has waited for the map.
WAITED = 0.8
# Connections of a writer to each proxy, so that it meets all of its workers.
CONNECTIONS = 4


def load(program):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", program)
    spec = importlib.util.spec_from_file_location("galaxy_map", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_galaxy_map():
    module = load("galaxy-map.py")
    module.LOCK_SECONDS = PATIENCE
    return module


class ToolsInDatabase:
    """Sessions named KEY-TOKEN, as in a tool's host name."""

    def __init__(self, url):
        self.map = load("galaxy-postgres.py").DatabaseMap(url)

    def put(self, session, host, port):
        self.map.put(*session.split("-"), host, port)

    def remove(self, session):
        self.map.remove(session.split("-")[0])


def in_database(options):
    return options.map.startswith("postgresql")


def open_map(options):
    if in_database(options):
        return ToolsInDatabase(options.map)
    return load_galaxy_map().open_map(options.map, *([options.era] if options.era else []))


def key_of(options, number):
    return "tool%d-t%dx" % (number, number) if in_database(options) else "%048x" % (number + 1)


class Story:
    """What stood in the map of one session, in order: the values, when their commits began, when they had returned."""

    def __init__(self):
        self.values, self.began, self.returned = [REMOVED], [0.0], [0.0]

    def now(self):
        return self.values[-1]

    def add(self, value, began, returned):
        self.values.append(value)
        self.began.append(began)
        self.returned.append(returned)

    def stood(self, answer, begun, ended):
        """Whether the answer may have been the truth at some time in between."""
        # The last one whose commit had returned before the request was sent, and all that began before its answer.
        first = bisect.bisect_left(self.returned, begun) - 1
        return answer in self.values[max(0, first) : bisect.bisect_right(self.began, ended)]

    def has_been(self, answer):
        return answer in self.values


def judge(answer, story, right, took):
    if right:
        return "right"
    if not (answer == REMOVED or answer.startswith("container-")):
        return "late" if answer == "503" and took >= WAITED else "refused"
    if not story.has_been(answer):
        return "wrong"
    return "late" if took >= WAITED else "stale"


def no_verdicts():
    return dict(right=0, wrong=0, stale=0, refused=0, late=0)


def container(session, number):
    return f"container-{session}-{number % CONTAINERS}"


class Writer:
    """Changes its own sessions, and asks for each after its commit."""

    def __init__(self, options, addresses, sessions, ports):
        self.map = open_map(options)
        self.in_place = options.era not in ("gxproxy", "v1") and not in_database(options)
        each = CONNECTIONS if in_database(options) else 1
        self.connections = [[Connection(address, options.removed) for _ in range(each)] for address in addresses]
        self.keys, self.ports = sessions, ports
        self.stories = {session: Story() for session in sessions}

    def commit(self, session, number):
        """Makes the session's next change. Returns its kind."""
        story, key = self.stories[session], self.keys[session]
        before = story.now()
        began = time.monotonic()
        if before == REMOVED:
            # Another one than in its last life, so that a stale answer shows.
            kind, value = "new", container(session, number // len(self.keys))
            self.map.put(key, "127.0.0.1", self.ports[value])
        elif len(story.values) % 3 == 2:
            kind, value = "moved", container(session, int(before.split("-")[2]) + 1)
            in_place = number % 2 and self.in_place
            (self.map.update if in_place else self.map.put)(key, "127.0.0.1", self.ports[value])
        else:
            kind, value = "removed", REMOVED
            self.map.remove(key)
        story.add(value, began, time.monotonic())
        return kind

    def run(self, commits):
        own = list(self.keys)
        kinds = {kind: no_verdicts() for kind in ("new", "moved", "removed")}
        sent, waits, mistakes = [], [], []
        every = [connection for each in self.connections for connection in each]
        for connection in every:
            connection.ask(self.keys[own[0]])
        for number in range(commits):
            session = own[number % len(own)]
            kind = self.commit(session, number)
            story = self.stories[session]
            returned = story.returned[-1]
            # Each proxy is the first one that is asked in its turn.
            for turn in range(len(self.connections)):
                connection = self.connections[(number + turn) % len(self.connections)][number % len(self.connections[0])]
                answer = connection.ask(self.keys[session])
                if turn == 0:
                    waits.append(time.monotonic() - returned)
                    sent.append(connection.sent - returned)
                verdict = judge(answer, story, answer == story.now(), time.monotonic() - connection.sent)
                kinds[kind][verdict] += 1
                if verdict != "right":
                    mistakes.append({"commit": number, "kind": kind, "expected": story.now(), "answer": answer})
        return dict(kinds=kinds, sent=sent, waits=waits, mistakes=mistakes, stories=self.stories,
                    opened=sum(connection.opened for connection in every))


def write(options, addresses, sessions, ports, commits, results):
    results.send(Writer(options, addresses, sessions, ports).run(commits))


def start(work, *arguments):
    """A process, and the pipe's end through which it gives its result."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=work, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def run(options):
    addresses = [(host, int(port)) for host, port in (proxy.rsplit(":", 1) for proxy in options.proxy)]
    keys = [key_of(options, number) for number in range(SESSIONS)]
    names = [container(session, number) for session in range(SESSIONS) for number in range(CONTAINERS)]
    containers, told = start(serve_containers, names)
    ports = told.recv()

    session_map = open_map(options)
    session_map.put("first-t" if in_database(options) else "first", "127.0.0.1", 1)
    if options.wal:
        # As an admin does it once with the sqlite3 shell: it stays in the file.
        session_map.sql("PRAGMA journal_mode = WAL")

    ended = multiprocessing.Event()
    each = options.clients // CLIENT_PROCESSES
    connects = [functools.partial(Connection, address, options.removed) for address in addresses]
    clients = [start(ask_all_the_time, connects[number % len(connects)], keys, each, options.pause / 1000, ended)
               for number in range(CLIENT_PROCESSES)]
    started = time.monotonic()
    writers = []
    for number in range(WRITERS):
        own = {session: keys[session] for session in range(number, SESSIONS, WRITERS)}
        commits = (options.commits + number) // WRITERS
        writers.append(start(write, options, addresses, own, ports, commits))
    written = [results.recv() for _, results in writers]
    seconds = time.monotonic() - started

    ended.set()
    stories = {session: story for each in written for session, story in each["stories"].items()}
    mistakes = [mistake for each in written for mistake in each["mistakes"]]
    others = no_verdicts()
    for _, results in clients:
        for session, begun, until, answer in results.recv():
            story = stories[session]
            verdict = judge(answer, story, story.stood(answer, begun, until), until - begun)
            others[verdict] += 1
            if verdict != "right":
                mistakes.append({"client": True, "answer": answer, "verdict": verdict})
    for process, _ in (*clients, *writers):
        process.join()
    containers.terminate()
    print(json.dumps(report(options, written, others, mistakes, seconds), indent=1))
    return 1 if mistakes else 0


def report(options, written, others, mistakes, seconds):
    kinds = {kind: {verdict: sum(each["kinds"][kind][verdict] for each in written) for verdict in no_verdicts()}
             for kind in ("new", "moved", "removed")}
    total = {verdict: others[verdict] + sum(kind[verdict] for kind in kinds.values()) for verdict in no_verdicts()}
    return {
        "commits": options.commits,
        "seconds": round(seconds, 1),
        "answers": sum(total.values()),
        "wrong": total["wrong"],
        "stale": total["stale"],
        "refused": total["refused"],
        "late": total["late"],
        "perKind": kinds,
        "others": {"clients": options.clients, **others},
        "connections": [each["opened"] for each in written],
        "sentAfterCommitMs": spread([wait for each in written for wait in each["sent"]]),
        "answerAfterCommitMs": spread([wait for each in written for wait in each["waits"]]),
        "mistakes": mistakes[:20],
    }


def spread(waits):
    """Milliseconds of seconds."""
    waits = sorted(waits)
    parts = {"median": 0.5, "p99": 0.99, "longest": 1}
    return {name: round(waits[min(len(waits) - 1, int(len(waits) * part))] * 1000, 3) for name, part in parts.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", required=True, action="append", help="HOST:PORT; several of one map")
    parser.add_argument("--map", required=True, help="the running proxy's --sessions; must not exist or be empty of these sessions")
    parser.add_argument("--removed", default="403", metavar="STATUS", help="the answer for a session without a row")
    parser.add_argument("--commits", type=int, default=3000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--pause", type=float, default=1, help="milliseconds between two requests of a client")
    parser.add_argument("--era", choices=["gxproxy2", "gxproxy", "v2", "v1"])
    parser.add_argument("--wal", action="store_true")
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
