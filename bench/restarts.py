#!/usr/bin/env python3
"""What clients lose while the daemon restarts, a worker is killed or the supervisor dies, at a steady load."""

import argparse
import json
import os
import pathlib
import signal
import socket
import sys
import time

# No bytecode is written next to the sources.
sys.dont_write_bytecode = True

import install
import machine
import proxies
import record
import report
import rig
from backends import write_sqlite
from group import Group
from steady_load import COOKIE, KINDS, Container, Load

ROLLINGS, KILLS, DEATHS, TUNNELS, ROLLINGS_OF_TUNNELS = 20, 6, 100, 32, 2
CONNECTIONS = 64
# Requests a second.
RATE, RATE_OF_KILLS, RATE_OF_DEATHS = 2_000, 1_000, 500
# Seconds: three deaths of workers within 10 s end the supervisor.
BETWEEN_KILLS = 5.5
# Galaxy's SIGKILL comes so many seconds after its SIGTERM.
GALAXY_KILLS_AFTER = 0.01
# Bounds of a right result: requests lost over all kills of a worker; seconds (DRAIN_TIMEOUT is the daemon's default).
LOST_BY_KILLS, PORT_FREE_WITHIN, DRAIN_TIMEOUT = 5, 0.2, 8
WORDS = {'get-new': 'GET, new connection each', 'get-kept': 'GET, kept alive',
         'post-new': 'POST, new connection each', 'post-kept': 'POST, kept alive'}
MARKS = ('<!-- restarts: figures, written by bench/restarts.py -->', '<!-- restarts: end -->')
PARTS = ['rolling', 'kills', 'deaths', 'tunnels']


def main():
    options = arguments()
    rig.prepare()
    install.programs(['taskset'])
    run = options.cache / 'restarts-run'
    run.mkdir(parents=True, exist_ok=True)
    parts = options.parts if options.workers else [part for part in options.parts if part in ('rolling', 'deaths')]
    rows = []
    try:
        container = Container()
        (run / 'map.sqlite').unlink(missing_ok=True)
        write_sqlite(run / 'map.sqlite', [(COOKIE, container.port)])
        fresh = lambda: Group(run, options.daemon, options.workers, run / 'map.sqlite', options.node)
        for part in parts:
            for row in MEASURES[part](fresh, options):
                rows.append(row)
                print('  ' + ', '.join(f'{key} {value}' for key, value in row.items()), flush=True)
    finally:
        rig.stop_all()
    about = {'date': time.strftime('%F'), 'node': proxies.node_version(options.node), 'workers': options.workers,
             'commit': machine.commit(), 'load of the machine': os.getloadavg()[1]}
    text = f'{table(rows)}\n\n{noted(about)}'
    print(f'\n{text}')
    if options.json:
        options.json.write_text(json.dumps({'about': about, 'rows': rows}, indent=1))
    if options.record:
        record.replace(MARKS, text)
    sys.exit(any(row['wrong'] for row in rows))


def rolling(fresh, options):
    """Every worker is replaced, again and again, under each kind of load."""
    for kind in options.kinds:
        group = fresh()
        group.start()
        load = Load(group.port, options.rate, [kind], CONNECTIONS)
        load.more(options.rate)
        for _ in range(options.rollings):
            old = group.worker_pids()
            group.restart()
            if options.workers:
                group.until_gone(old)
            load.more(options.rate // 10)
        result = load.stop()
        group.stop()
        yield requests(f'{_restart(options)}: {WORDS[kind]}', options.rollings, result) | {'wrong': result['lost'] > 0}


def kills(fresh, options):
    """SIGKILL of a worker. A later line of the log tells when its successor serves."""
    for kind in [kind for kind in options.kinds if kind.startswith('get')]:
        group = fresh()
        group.start()
        group.until_spare()
        load, took = Load(group.port, RATE_OF_KILLS, [kind], CONNECTIONS), []
        load.more(RATE_OF_KILLS)
        for number in range(options.kills):
            ready = len(group.readies())
            pid = group.serving_pids()[number % options.workers]
            killed = time.time()
            os.kill(pid, signal.SIGKILL)
            took.append(group.until_ready(ready + 1) - killed)
            time.sleep(max(0, killed + BETWEEN_KILLS - time.time()))
        result = load.stop()
        group.stop()
        # On kept connections, what a worker has in hand is not bounded by the rate of new ones.
        wrong = kind == 'get-new' and result['lost'] > LOST_BY_KILLS
        yield requests(f'SIGKILL of a worker: {WORDS[kind]}', options.kills, result) | {
            'took': max(took, default=0) * 1000, 'took_what': 'until its successor serves', 'wrong': wrong}


def deaths(fresh, options):
    """As Galaxy ends it: SIGTERM, soon after it SIGKILL, of the supervisor or the single process alone."""
    group, took, left = fresh(), [], 0
    group.start()
    load = Load(group.port, RATE_OF_DEATHS, options.kinds, CONNECTIONS)
    for _ in range(options.deaths):
        load.more(RATE_OF_DEATHS // 5)
        leader = group.process
        group.signal(signal.SIGTERM)
        ended = time.time()
        time.sleep(GALAXY_KILLS_AFTER)
        group.signal(signal.SIGKILL)
        took.append(until_free(group.port) - ended)
        leader.wait()
        end = ended + DRAIN_TIMEOUT + 1
        while rig.tree(leader.pid) and time.time() < end:
            time.sleep(0.01)
        left += len(rig.tree(leader.pid))
        rig.stop(leader)
        group.start()
    load.stop()
    group.stop()
    who = 'supervisor' if options.workers else 'single process'
    yield {'what': f'SIGTERM, SIGKILL after {GALAXY_KILLS_AFTER * 1000:.0f} ms, of the {who}', 'times': options.deaths,
           'took': max(took, default=0) * 1000, 'took_what': 'until the port is free', 'left': left,
           'wrong': left > 0 or max(took, default=0) > PORT_FREE_WITHIN}


def until_free(port):
    """The time at which somebody else can listen on the port."""
    while True:
        with socket.socket() as probe:
            # As every server sets it: connections that wait for their last packets do not matter.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((rig.LOOPBACK, port))
                probe.listen()
                return time.time()
            except OSError:
                time.sleep(0.001)


def tunnels(fresh, options):
    """Rolling restarts in a row, while tunnels echo."""
    group = fresh()
    group.start()
    load = Load(group.port, RATE_OF_DEATHS, options.kinds, CONNECTIONS, options.tunnels)
    load.until(lambda counts: counts.get('tunnels', {}).get('open') == options.tunnels)
    for _ in range(ROLLINGS_OF_TUNNELS):
        group.restart()
        load.more(RATE_OF_DEATHS)
    # Each tunnel has echoed after the last restart too.
    before = load.counts['tunnels']['echoed']
    load.until(lambda counts: counts['tunnels']['echoed'] >= before + 10 * options.tunnels or counts['tunnels']['cut'])
    result = load.stop()
    group.stop()
    yield requests(f'rolling restart, {options.tunnels} tunnels', ROLLINGS_OF_TUNNELS, result) | {
        'cut': result['tunnels']['cut'], 'wrong': result['tunnels']['cut'] > 0 or result['lost'] > 0}


MEASURES = {'rolling': rolling, 'kills': kills, 'deaths': deaths, 'tunnels': tunnels}


def requests(what, times, result):
    for loss in result['losses'][:5]:
        print(f'    lost: {loss}', flush=True)
    latency = result['latency']
    return {'what': what, 'times': times, 'sent': result['sent'], 'lost': result['lost'], 'skipped': result['skipped'],
            'rate': result['sent'] / result['seconds'], 'p99': latency['p99'], 'longest': latency['longest']}


def table(rows):
    """Markdown."""
    head = ['', 'times', 'requests', 'requests/s', 'lost', 'tunnels cut', 'p99, ms', 'longest answer, ms', 'besides']
    return record.table(head, [
        [row['what'], str(row['times']), *(_cell(row, key) for key in ('sent', 'rate', 'lost', 'cut', 'p99', 'longest')),
         _besides(row)] for row in rows])


def _cell(row, key):
    if key not in row:
        return ''
    return report.short(row[key]) if key in ('p99', 'longest') else f'{round(row[key]):,}'


def _besides(row):
    words = [f'{row["took_what"]}: {report.short(row["took"])} ms at most'] if 'took' in row else []
    if 'left' in row:
        words.append(f'processes left after {DRAIN_TIMEOUT} s: {row["left"]}')
    return ', '.join(words)


def noted(about):
    what = f'{about["workers"]} workers' if about['workers'] else 'A single process'
    return (f'{what}, {about["date"]}, commit {about["commit"]}, Node {about["node"]}; other work on the machine meanwhile: '
            f'load average {about["load of the machine"]:.1f} of {len(rig.CPUS)} cores, the bench itself included.')


def _restart(options):
    return 'rolling restart' if options.workers else 'stop and start'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)

    def some_of(known):
        def split(text):
            words = text.split(',')
            unknown = [word for word in words if word not in known]
            if unknown:
                raise argparse.ArgumentTypeError(f'unknown: {", ".join(unknown)} (known: {",".join(known)})')
            return words
        return split

    add = parser.add_argument
    add('--workers', type=int, default=2, metavar='N', help='0: the single process, stopped and started again')
    add('--parts', type=some_of(PARTS), default=PARTS, metavar='A,B', help=','.join(PARTS))
    add('--kinds', type=some_of(KINDS), default=KINDS, metavar='A,B', help=','.join(KINDS))
    add('--rate', type=int, default=RATE, metavar='N', help='requests a second while workers are replaced')
    add('--rollings', type=int, default=ROLLINGS, metavar='N', help='rolling restarts under each kind of load')
    add('--kills', type=int, default=KILLS, metavar='N', help='of a worker, for each kind of GET')
    add('--deaths', type=int, default=DEATHS, metavar='N', help='of the supervisor')
    add('--tunnels', type=int, default=TUNNELS, metavar='N')
    add('--node', default='node', metavar='PATH', help='the Node of the daemon')
    add('--json', type=pathlib.Path, metavar='FILE', help='write the rows here')
    add('--record', action='store_true', help='write docs/performance.md')
    add('--daemon', type=pathlib.Path, default=install.PROJECT / 'dist/main.js', metavar='MAIN.JS', help='another build of ours')
    add('--cache', type=pathlib.Path, default=install.PROJECT / 'node_modules/.cache/bench', metavar='DIR', help='as of run.py')
    options = parser.parse_args()
    options.daemon, options.cache = options.daemon.resolve(), options.cache.resolve()
    return options


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('interrupted; all processes are stopped')
