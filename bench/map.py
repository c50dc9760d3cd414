#!/usr/bin/env python3
"""What the session map costs at a thousand rows and at a million, beside proxies that read it whole."""

import argparse
import http.client
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import sys
import time

# Nothing is written beside the sources.
sys.dont_write_bytecode = True

import install
import proxies
import record
import report
import rig
from backends import Backends, add_rows, session_key, write_sqlite
from scenarios import SMALL_GET

SIZES = [1000, 100_000, 1_000_000]
# As many as fit into a minute, at most: some reload for ten seconds after each.
COMMITS, COMMIT_SECONDS = 20, 60
# Few connections: a linear search of a million rows takes a good part of a second.
LOAD = ['-c', 4, *SMALL_GET]
# A port that nobody listens on: rows that are only there.
NOBODY = 9
PATIENCE = 180
ROWS = {'start': 'spawn to first routed request, ms', 'rss': 'resident memory, MB', 'cpu': 'CPU of a request, µs',
        'seen': 'commit to routed request, median ms', 'seen_worst': 'the same, longest',
        'refused': 'requests refused after a commit', 'stall': 'longest stall of the event loop at a change, ms'}
LABELS = {'ours': 'galaxy-proxy', 'reload': 'full reload into a Map', 'gxit': 'gx-it-proxy', 'linear': 'legacy logic'}
MARKS = ('<!-- map: figures, written by bench/map.py -->', '<!-- map: end -->')


def main():
    options = arguments()
    rig.prepare()
    install.programs(['nginx', 'gcc', 'taskset'])
    options.cache.mkdir(parents=True, exist_ok=True)
    results = {}
    try:
        backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'map-run')
        everyone = [maker(backends, options) for maker in (_ours, _reload, _gxit, _linear)]
        os.environ |= {'NODE_OPTIONS': f'--require {install.HERE / "conf/loop-delay.cjs"}',
                       'BENCH_LOOP_DELAY': str(backends.run / 'loop-delay')}
        rig.pin_self()
        for size in options.sizes:
            fill(backends, size)
            for proxy in everyone:
                shutil.copy(backends.run / 'filled.sqlite', backends.run / 'map.sqlite')
                results[size, proxy.name] = measure(proxy, backends)
                print(f'  {size:,} rows, {proxy.name}: {results[size, proxy.name]}', flush=True)
    finally:
        rig.stop_all()
    text = table(results, options.sizes)
    print(f'\n{text}')
    if options.record:
        record.replace(MARKS, f'{text}\n\n{time.strftime("%F")}, Node {proxies.node_version("node")}, at most {COMMITS} commits.')


def fill(backends, size):
    """Writes a map of that many rows; the sessions that ask are the first hundred."""
    live = list(backends.targets.items())
    others = ((session_key('other', number), NOBODY) for number in range(size - len(live)))
    path = backends.run / 'filled.sqlite'
    path.unlink(missing_ok=True)
    write_sqlite(path, [*live, *others])


def measure(proxy, backends):
    """One fresh process: start, memory, load, then commits that are asked for at once."""
    key = next(iter(backends.targets))
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
        return result | commits(proxy, backends, client)
    finally:
        proxy.stop()


def commits(proxy, backends, client):
    """New sessions, one commit each; the time until each one's first request is routed."""
    loop_delay(proxy)
    database = sqlite3.connect(backends.run / 'map.sqlite')
    took, refused, begin = [], 0, time.time()
    for number in range(COMMITS):
        key = session_key('new', number)
        add_rows(database, [(key, backends.ports['web'][0])])
        database.commit()
        committed = time.time()
        refused += client.until_routed(key)
        took.append((time.time() - committed) * 1000)
        if time.time() > begin + COMMIT_SECONDS:
            break
        # Watchers that wait for quiet get it.
        time.sleep(0.3)
    database.close()
    return {'seen': statistics.median(took), 'seen_worst': max(took), 'refused': refused, 'stall': loop_delay(proxy)}


def loop_delay(proxy):
    """ms. The longest stall since the last call."""
    file = pathlib.Path(os.environ['BENCH_LOOP_DELAY'])
    file.unlink(missing_ok=True)
    os.kill(proxy.process.pid, signal.SIGUSR2)
    end = time.time() + PATIENCE
    while not file.exists():
        if time.time() > end:
            raise SystemExit(f'{proxy.name} does not answer to SIGUSR2')
        time.sleep(0.001)
    return float(file.read_text())


class Client:
    """One connection, dialled again when it is closed."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.connection = http.client.HTTPConnection(rig.LOOPBACK, proxy.port, timeout=PATIENCE)

    def until_routed(self, key):
        """Asks until the container answers; gives how often it did not."""
        host = self.proxy.host % key if '%s' in self.proxy.host else self.proxy.host
        end, refused = time.time() + PATIENCE, 0
        while time.time() < end:
            try:
                self.connection.request('GET', '/s', headers={'Host': host, 'Cookie': f'galaxysession={key}'})
                answer = self.connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return refused
            except (OSError, http.client.HTTPException):
                self.connection.close()
            refused += 1
            time.sleep(0.001)
        raise SystemExit(f'{self.proxy.name}: a session was not routed within {PATIENCE} s')


def table(results, sizes):
    """Markdown, a row for each number and size."""
    head = ['', 'rows', *LABELS.values()]
    rows = [[words, f'{size:,}', *(_cell(results[size, name], key) for name in LABELS)]
            for key, words in ROWS.items() for size in sizes]
    return record.table(head, rows)


def _cell(result, key):
    if result[key] is None:
        return 'errors'
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


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--sizes', type=lambda text: [int(word) for word in text.split(',')], default=SIZES, metavar='A,B', help='rows')
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
