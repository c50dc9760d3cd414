#!/usr/bin/env python3
"""The cost of the session map with a thousand to a million rows, compared with proxies that read it as a whole; with --postgresql
that of a map in PostgreSQL, compared with SQLite."""

import argparse
import os
import pathlib
import shutil
import sqlite3
import statistics
import sys
import time

# No bytecode is written next to the sources.
sys.dont_write_bytecode = True

import install
import map_postgres
import proxies
import record
import report
import rig
from backends import Backends, add_rows, session_key, write_sqlite
from commits import COMMITS, REPEATS, REST, Client, least_stalls, times
from loop_delay import LoopDelay
from scenarios import SMALL_GET

SIZES = [1000, 100_000, 1_000_000]
# Fresh processes of ours at each size, the sizes in turn; of the others one.
ROUNDS = 5
# Few connections, because a linear search of a million rows takes a large part of a second.
LOAD = ['-c', 4, *SMALL_GET]
# A port that nobody listens on, for the other rows.
NOBODY = 9
ROWS = {'start': 'spawn to first routed request, ms', 'rss': 'resident memory, MB', 'cpu': 'CPU of a request, µs',
        'seen': 'commit to routed request, median ms', 'seen_worst': 'the same, longest',
        'refused': 'requests refused after a commit', 'stall': 'longest stall of the event loop at a change, median ms',
        'idle_stall': 'the same, without a change', 'stall_worst': 'longest stall at any change, ms',
        'idle_worst': 'the same, without a change',
        'least_worst': f'longest stall at any change, of each change the least of {REPEATS}, ms'}
# Values of which the worst round is shown; of the others it is the median.
WORST = ('seen_worst', 'refused', 'stall_worst', 'idle_worst', 'least_worst')
LABELS = {'ours': 'galaxy-proxy', 'reload': 'full reload into a Map', 'gxit': 'gx-it-proxy', 'linear': 'legacy logic'}
MARKS = ('<!-- map: figures, written by bench/map.py -->', '<!-- map: end -->')


def main():
    options = arguments()
    rig.prepare()
    options.cache.mkdir(parents=True, exist_ok=True)
    if options.postgresql:
        sys.exit(0 if map_postgres.run(options) else 1)
    install.programs(['nginx', 'gcc', 'taskset'])
    results = {}
    try:
        backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'map-run')
        everyone = [maker(backends, options) for maker in MAKERS if maker.__name__[1:] in options.proxies]
        delay = LoopDelay(backends.run)
        rig.pin_self()
        for size in options.sizes:
            fill(backends, size)
        bare = idle_node(backends, delay)
        for proxy in everyone:
            results |= over_rounds(proxy, backends, delay, options)
    finally:
        rig.stop_all()
    text = f'{table(results, options.sizes)}\n\n{bare}'
    print(f'\n{text}')
    if options.record:
        record.replace(MARKS, f'{text}\n\n{time.strftime("%F")}, Node {proxies.node_version("node")}, at most {COMMITS} commits, {options.rounds} fresh processes of galaxy-proxy.')


def fill(backends, size):
    """Writes a map of that many rows; the sessions that ask are the first hundred."""
    live = list(backends.targets.items())
    others = ((session_key('other', number), NOBODY) for number in range(size - len(live)))
    write_sqlite(filled(backends, size), [*live, *others])


def filled(backends, size):
    return backends.run / f'filled-{size}.sqlite'


def idle_node(backends, delay):
    """The machine's own stalls: the longest ones of an idle Node's event loop."""
    proxy = proxies.Proxy('idle', backends, None)
    proxy.process = rig.start(['node', '-e', 'setInterval(() => {}, 1e9)'], rig.PROXY_CPU, backends.run / 'idle.log')
    # Its handler exists only after its start.
    time.sleep(1)
    stalls = []
    for _ in range(COMMITS):
        delay.longest(proxy)
        time.sleep(REST)
        stalls.append(delay.longest(proxy))
    proxy.stop()
    return (f'An idle Node has stalls on this machine too: {statistics.median(stalls):.1f} ms in the median of '
            f'{COMMITS} times {REST} s, {max(stalls):.1f} ms at most.')


def over_rounds(proxy, backends, delay, options):
    """{(size, name): the results}."""
    rounds = {size: [] for size in options.sizes}
    for round_ in range(options.rounds if proxy.name == proxies.OURS else 1):
        for size in options.sizes if round_ % 2 == 0 else reversed(options.sizes):
            shutil.copy(filled(backends, size), backends.run / 'map.sqlite')
            result = measure(proxy, backends, delay)
            rounds[size].append(result)
            print(f'  {size:,} rows, {proxy.name}: {result}', flush=True)
    return {(size, proxy.name): {key: _over(key, [result[key] for result in all_]) for key in ROWS}
            for size, all_ in rounds.items()}


def _over(key, values):
    known = [value for value in values if value is not None]
    return (max if key in WORST else statistics.median)(known) if len(known) == len(values) else None


def measure(proxy, backends, delay):
    """One fresh process: start, memory, load, then commits, each followed at once by a request."""
    key = next(iter(backends.targets))
    # The copy's pages are on the disk before the clock runs.
    os.sync()
    spawned = time.time()
    try:
        proxy.start()
        client = Client(proxy)
        client.until_routed(key)
        result = {'start': (time.time() - spawned) * 1000}
        time.sleep(1)
        argv = [backends.tools / 'http_load', '-p', proxy.port, '-h', proxy.host, '-s', backends.run / 'web.sessions', *LOAD]
        rig.run_load([*argv, '-d', 2])
        cpu = rig.cpu_seconds(proxy.pids())
        load = rig.run_load([*argv, '-d', 2])
        right = load['n'] and not load['err'] and not load['bad']
        result['cpu'] = (rig.cpu_seconds(proxy.pids()) - cpu) / load['n'] * 1e6 if right else None
        result['rss'] = rig.memory_mb(proxy.pids())
        # The machine has its own stalls: a comparison with as many requests without a change shows what a change adds.
        _took, _refused, idle = times(client, delay, lambda _number: key)
        database = sqlite3.connect(backends.run / 'map.sqlite')

        def commit(number):
            new = session_key('new', number)
            add_rows(database, [(new, backends.ports['web'][0])])
            database.commit()
            return new
        took, refused, stalls = times(client, delay, commit)
        # A full reload of a million rows takes seconds each time.
        least = least_stalls(client, delay, database) if proxy.name == proxies.OURS else None
        database.close()
        return result | {
            'seen': statistics.median(took), 'seen_worst': max(took), 'refused': sum(refused),
            'stall': statistics.median(stalls), 'stall_worst': max(stalls),
            'idle_stall': statistics.median(idle), 'idle_worst': max(idle), 'least_worst': least and max(least)}
    finally:
        proxy.stop()


def table(results, sizes):
    """Markdown, a row for each number and size."""
    names = [name for name in LABELS if (sizes[0], name) in results]
    head = ['', 'rows', *(LABELS[name] for name in names)]
    rows = [[words, f'{size:,}', *(_cell(results[size, name], key) for name in names)]
            for key, words in ROWS.items() for size in sizes]
    return record.table(head, rows)


def _cell(result, key):
    if result[key] is None:
        return '' if key == 'least_worst' else 'errors'
    return str(result[key]) if key == 'refused' else report.short(result[key])


def _ours(backends, options):
    return proxies.ours(backends, options.daemon)


def _gxit(backends, options):
    return proxies.peer('gxit', backends, options.cache)


def _reload(backends, _options, name='reload', way='map'):
    script = install.HERE / 'conf/reload.cjs'
    return proxies.Proxy(name, backends, lambda port: ['node', script, port, backends.run / 'map.sqlite', way])


def _linear(backends, options):
    return _reload(backends, options, 'linear', 'linear')


MAKERS = (_ours, _reload, _gxit, _linear)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--sizes', type=lambda text: [int(word) for word in text.split(',')], default=SIZES, metavar='A,B', help='rows')
    add('--proxies', type=lambda text: text.split(','), default=list(LABELS), metavar='A,B', help=', '.join(LABELS))
    add('--rounds', type=int, default=ROUNDS, metavar='N', help='fresh processes of ours at each size')
    add('--postgresql', action='store_true', help='a map in PostgreSQL, compared with SQLite; exit code 1 if it costs too much')
    add('--record', action='store_true', help='write docs/performance.md')
    add('--daemon', type=pathlib.Path, default=install.PROJECT / 'dist/main.js', metavar='MAIN.JS', help='another build of ours')
    add('--cache', type=pathlib.Path, default=install.PROJECT / 'node_modules/.cache/bench', metavar='DIR',
        help='as of run.py')
    options = parser.parse_args()
    options.daemon, options.cache = options.daemon.resolve(), options.cache.resolve()
    return options


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('interrupted; all processes are stopped')
