"""The cost of a session map in PostgreSQL, next to the same rows in SQLite. For map.py --postgresql.

Both daemons run at the same time and are visited in turn, as in run.py. Each session has an address of its own, so that the
same-address rule is on and has to judge every row.
"""

import sqlite3
import statistics
import subprocess
import time

import install
import proxies
import record
import report
import rig
from backends import SCHEMA, SESSIONS, Backends, session_key
from postgres import NAME, Server
from scenarios import SMALL_GET

SQLITE, POSTGRES = 'SQLite', 'PostgreSQL'
SECONDS, WARM_UP_SECONDS = 2, 4
# A daemon that has served fewer still compiles, and with a database it has more to compile.
WARM_UP_REQUESTS = 100_000
# Few rounds of a million rows take a minute.
ROUNDS = 5
LOADS = {
    'saturated, 64 connections': ('-c', 64),
    '1,000/s': ('-c', 64, '-r', 1000),
    'one connection': ('-c', 1),
}
SATURATED = next(iter(LOADS))
# The most that is right: CPU times that of SQLite and the server's CPU, µs a request, both saturated; p50 above SQLite's, ms.
TIMES_SQLITE, SERVER_US, ADDED_MS = 1.35, 12, 0.4
MARKS = ('<!-- map in PostgreSQL: figures, written by bench/map.py -->', '<!-- map in PostgreSQL: end -->')


def run(options):
    """Returns whether all is as it must be."""
    install.programs(['nginx', 'gcc', 'taskset'])
    server = Server()
    try:
        backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'map-postgres-run', SESSIONS)
        server.start()
        rig.pin_self()
        results = {size: measure(server, backends, options, size) for size in options.sizes}
    finally:
        server.stop()
        rig.stop_all()
    text = table(results)
    print(f'\n{text}')
    if options.record:
        version = server_version(server)
        record.replace(MARKS, f'{text}\n\n{time.strftime("%F")}, Node {proxies.node_version("node")}, {version}, '
                              f'medians of {options.rounds} rounds of {SECONDS} s.')
    problems = list(too_much(results))
    print(*problems, sep='\n')
    return not problems


def server_version(server):
    said = subprocess.run([server.programs / 'postgres', '--version'], capture_output=True, text=True, check=True).stdout
    return f'PostgreSQL {said.split()[2]}'


def rows_of(backends, size):
    """The sessions that ask, and others whose addresses nobody has."""
    live = list(backends.targets.items())
    yield from ((key, rig.LOOPBACK, port) for key, port in live)
    for number in range(size - len(live)):
        yield session_key('other', number), f'10.{number >> 16}.{number >> 8 & 255}.{number & 255}', 9


def measure(server, backends, options, size):
    """{(load, map): [a dictionary for each round]}"""
    fill(server, backends, options, size)
    sqlite = proxies.tools(SQLITE, backends, options.daemon, '--mode', 'gxit')
    postgres = proxies.tools(POSTGRES, backends, options.daemon, '--mode', 'gxit', sessions=server.url)
    found = {(load, proxy.name): [] for load in LOADS for proxy in (sqlite, postgres)}
    try:
        for proxy in (sqlite, postgres):
            proxy.start()
            warm_up(proxy, backends)
        for round_ in range(options.rounds):
            for load, words in LOADS.items():
                for proxy in (sqlite, postgres) if round_ % 2 == 0 else (postgres, sqlite):
                    result = one_round(proxy, server, backends, words)
                    found[load, proxy.name].append(result)
                    print(f'  {size:,} rows, {load}, {proxy.name}: {result}', flush=True)
    finally:
        for proxy in (sqlite, postgres):
            proxy.stop()
    return found


def fill(server, backends, options, size):
    path = backends.run / 'map.sqlite'
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    database.executemany("INSERT INTO gxitproxy VALUES (?, 'interactivetoolentrypoint', 'tok', ?, ?, NULL)", rows_of(backends, size))
    database.commit()
    database.close()
    server.fill(rows_of(backends, size))
    install.call(['node', options.daemon, 'routes', 'install-trigger', '--sessions', server.url], cwd=install.PROJECT)
    server.settle()


def load_of(proxy, backends, words, seconds):
    argv = [backends.tools / 'http_load', '-p', proxy.port, '-h', proxy.host, '-s', backends.run / 'web.sessions']
    return rig.run_load([*argv, *SMALL_GET, *words, '-d', seconds])


def warm_up(proxy, backends):
    left = WARM_UP_REQUESTS
    while left > 0:
        load = load_of(proxy, backends, LOADS[SATURATED], WARM_UP_SECONDS)
        if not load['n'] or load['err'] or load['bad']:
            raise SystemExit(f'{proxy.name}: wrong answers: {load}')
        left -= load['n']


def one_round(proxy, server, backends, words):
    pids, backend_pids = proxy.pids(), server.pids()
    before, server_before = rig.cpu_seconds(pids), rig.cpu_seconds(backend_pids)
    load = load_of(proxy, backends, words, SECONDS)
    cpu, server_cpu = rig.cpu_seconds(pids) - before, rig.cpu_seconds(backend_pids) - server_before
    if not load['n'] or load['err'] or load['bad']:
        raise SystemExit(f'{proxy.name}: wrong answers: {load}')
    return {'cpu': cpu / load['n'] * 1e6, 'p50': load['p50'] / 1000, 'server': server_cpu / load['n'] * 1e6, 'rate': load['n'] / SECONDS}


def figure(found, load, name, key):
    return statistics.median(result[key] for result in found[load, name])


def table(results):
    head = ['load', 'rows', 'CPU of a request, SQLite, µs', 'PostgreSQL, µs', 'times', 'p50, SQLite, ms', 'PostgreSQL, ms',
            'the server\'s CPU, µs']
    rows = []
    for load in LOADS:
        for size, found in results.items():
            ours, theirs = (figure(found, load, name, 'cpu') for name in (POSTGRES, SQLITE))
            rows.append([load, f'{size:,}', report.short(theirs), report.short(ours), f'{ours / theirs:.2f}',
                         f'{figure(found, load, SQLITE, "p50"):.2f}', f'{figure(found, load, POSTGRES, "p50"):.2f}',
                         report.short(figure(found, load, POSTGRES, 'server'))])
    return record.table(head, rows)


def too_much(results):
    for size, found in results.items():
        times = figure(found, SATURATED, POSTGRES, 'cpu') / figure(found, SATURATED, SQLITE, 'cpu')
        if times > TIMES_SQLITE:
            yield f'{size:,} rows: {times:.2f} times the CPU of SQLite, at most {TIMES_SQLITE}'
        of_server = figure(found, SATURATED, POSTGRES, 'server')
        if of_server > SERVER_US:
            yield f'{size:,} rows: {of_server:.1f} µs of the server for a request, at most {SERVER_US}'
        for load in LOADS:
            added = figure(found, load, POSTGRES, 'p50') - figure(found, load, SQLITE, 'p50')
            if load != SATURATED and added > ADDED_MS:
                yield f'{size:,} rows, {load}: p50 {added:.2f} ms above that of SQLite, at most {ADDED_MS}'
