#!/usr/bin/env python3
"""Does a request for a tool that is sent right after Galaxy's commit see it? Against a running proxy:

    freshness_tools.py --proxy 127.0.0.1:8800 --map /path/of/its/interactivetools_map.sqlite [--commits 3000]

Commits new rows, new containers, new tokens and removals as Galaxy from 24.2 on does (--era gxitproxy-19.09: as before),
and asks at once, by host name: the present token must lead to the present container, and a former token nowhere. Prints
what came out as JSON; exit code 1 where an answer was stale, wrong or refused.
"""
import argparse
import json
import sys
import time

# Python writes no caches next to the sources.
sys.dont_write_bytecode = True

from freshness import load_galaxy_map, spread, start
from freshness_asking import Connection, serve_containers

TOOLS = 24
CONTAINERS = 4
GONE = ("403", "404", "502")


class Tool:
    """One entry point: what stands in the map, and what stood there."""

    def __init__(self, number):
        self.key = f"tool{number}"
        self.number = number
        self.token = self.former = None
        self.container = None
        self.changes = 0

    def change(self, tools, ports):
        """Makes the next change. Returns its kind."""
        kind = ("new", "moved", "replaced", "removed")[self.changes % 4]
        self.changes += 1
        if kind == "removed":
            self.former, self.token = self.token, None
            tools.remove(self.key)
            return kind
        if kind != "moved":
            self.former, self.token = self.token, f"t{self.changes}x{self.number}"
        self.container = f"container-{self.number}-{self.changes % CONTAINERS}"
        tools.put(self.key, self.token, "127.0.0.1", ports[self.container])
        return kind


class ToolConnection(Connection):
    def ask_tool(self, key, token):
        return self.ask_host(f"{key}-{token}.ep.interactivetool.localhost")


def run(options):
    host, port = options.proxy.rsplit(":", 1)
    names = [f"container-{tool}-{number}" for tool in range(TOOLS) for number in range(CONTAINERS)]
    containers, told = start(serve_containers, names)
    ports = told.recv()
    map_of_tools = load_galaxy_map().open_map(options.map, options.era)
    map_of_tools.put("first", "t", "127.0.0.1", 1)
    if options.wal:
        map_of_tools.sql("PRAGMA journal_mode = WAL")
    connection = ToolConnection((host, int(port)))
    tools = [Tool(number) for number in range(TOOLS)]
    counts = dict(right=0, stale=0, wrong=0, refused=0)
    sent, mistakes = [], []

    def judge(kind, answer, expected, known):
        verdict = "right" if answer in expected else "stale" if answer in known else "refused"
        if answer.startswith("container-") and verdict == "refused":
            verdict = "wrong"
        counts[verdict] += 1
        if verdict != "right":
            mistakes.append({"kind": kind, "expected": expected, "answer": answer})

    for number in range(options.commits):
        tool = tools[number % TOOLS]
        kind = tool.change(map_of_tools, ports)
        returned = time.monotonic()
        own = [name for name in names if name.startswith(f"container-{tool.number}-")]
        if tool.token is not None:
            answer = connection.ask_tool(tool.key, tool.token)
            sent.append(connection.sent - returned)
            judge(kind, answer, [tool.container], [*own, *GONE])
        if tool.former is not None:
            judge(f"{kind}, former token", connection.ask_tool(tool.key, tool.former), GONE, own)
    containers.terminate()
    print(json.dumps({
        "era": options.era, "wal": options.wal, "commits": options.commits, **counts,
        "sentAfterCommitMs": spread(sent), "mistakes": mistakes[:5],
    }))
    return 1 if mistakes else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", required=True, help="HOST:PORT")
    parser.add_argument("--map", required=True, help="the running proxy's --sessions")
    parser.add_argument("--commits", type=int, default=3000)
    parser.add_argument("--era", choices=["gxitproxy", "gxitproxy-19.09"], default="gxitproxy")
    parser.add_argument("--wal", action="store_true")
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
