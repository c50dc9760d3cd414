#!/usr/bin/env python3
"""How much more two workers serve than one, each with a fifth of a core; and what a request costs them next to one process."""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time

# No bytecode is written next to the sources.
sys.dont_write_bytecode = True

import cgroups
import install
import machine
import proxies
import record
import report
import rig
from backends import Backends
from group import Group
from scenarios import SMALL_GET

ROUNDS, SECONDS, WARM_UP_SECONDS = 9, 3, 4
# Of a core, for each worker: what the load and the containers need is left even on two cores.
SHARE = 0.2
LOADS = {
    'new connection each': ('http_load', 'web', ('-c', 32, '-x', *SMALL_GET)),
    'kept alive': ('http_load', 'web', ('-c', 64, *SMALL_GET)),
    'WebSocket, 32 tunnels': ('ws_load', 'sink', ('-c', 32)),
}
# A round in which a worker uses less of its quota measures the other work on the machine; it is repeated, up to a limit.
USED, MOST_TRIES = 0.95, 4
# Requests a second of one worker, for the comparison at equal load per worker.
RATES = {'new connection each': 700, 'kept alive': 1200}
# The least that is right: throughput times one worker; the most: CPU times a single process.
TIMES_ONE, TIMES_SINGLE = 1.8, {'new connection each': 1.15, 'kept alive': 1.05}
MARKS = ('<!-- workers: figures, written by bench/workers.py -->', '<!-- workers: end -->')
# Exit code where a demand is not met; where nothing can be measured it is 0, and a line says so.
BELOW = 1


def main():
    options = arguments()
    rig.prepare()
    install.programs(['nginx', 'gcc', 'taskset'])
    results = {}
    try:
        backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'workers-run')
        rig.pin_self()
        bench = Bench(backends, options)
        if 'throughput' in options.parts:
            try:
                results['throughput'] = bench.throughput(cgroups.Quotas(SHARE))
            except cgroups.Unavailable as problem:
                print(f'The throughput cannot be measured here: no CPU quota can be set ({problem}). It needs root and cgroups.')
        if 'cpu' in options.parts:
            results['cpu'] = bench.cpu()
    finally:
        rig.stop_all()
    if not results:
        return
    about = {'date': time.strftime('%F'), 'commit': machine.commit(), 'node': proxies.node_version(options.node),
             'rounds': options.rounds, 'load of the machine': os.getloadavg()[1]}
    text = '\n\n'.join([*(TABLES[part](values) for part, values in results.items()), noted(about)])
    print(f'\n{text}')
    if options.json:
        options.json.write_text(json.dumps({'about': about, **results}, indent=1))
    if options.record:
        record.replace(MARKS, text)
    sys.exit(BELOW if any(row['wrong'] for rows in results.values() for row in rows) else 0)


class Bench:
    """Both daemons of a comparison run side by side; each round visits them in turn, every other round backwards."""

    def __init__(self, backends, options):
        self.backends, self.options = backends, options
        # Where there are more than two cores, the workers do not share one.
        self.cpus = ','.join(map(str, rig.CPUS[1:]))

    def throughput(self, quotas):
        """One worker against two, as fast as it goes."""
        one, two = (self._group(count) for count in (1, 2))
        pairs, void = {name: [] for name in LOADS}, 0
        try:
            self._warm_up((one, two))
            for round_ in range(MOST_TRIES * self.options.rounds):
                for name in [name for name in LOADS if len(pairs[name]) < self.options.rounds]:
                    pair = self._pair(name, _order((one, two), round_), quotas)
                    words = ', '.join(f'{rate:.0f} ({used:.0%} of quota)' for rate, used in pair)
                    is_void = min(used for _rate, used in pair) < USED
                    print(f'  {name}: {words}{", does not count" if is_void else ""}', flush=True)
                    void += is_void
                    if not is_void:
                        pairs[name].append([rate for rate, _used in pair])
        finally:
            one.stop()
            two.stop()
            quotas.close()
        print(f'  {void} rounds do not count')
        rows = [_times(name, *zip(*of)) for name, of in pairs.items() if of]
        return [row | {'wrong': row['median'] < TIMES_ONE or row['count'] < self.options.rounds} for row in rows]

    def _pair(self, name, groups, quotas):
        """[(requests a second, share of the quota that was used)] of one worker and of two."""
        measured = {}
        for group in groups:
            pids = group.serving_pids()
            # Those that have taken the place of others too.
            quotas.place(pids)
            before = rig.cpu_seconds(pids)
            result = self._load(name, group, self.options.seconds)
            used = (rig.cpu_seconds(pids) - before) / (SHARE * group.workers * result['s'])
            measured[group.workers] = result['rps'], used
        return [measured[count] for count in (1, 2)]

    def cpu(self):
        """A single process against two workers and their supervisor, which get twice as many requests."""
        single, two = (self._group(count) for count in (0, 2))
        costs = {name: {0: [], 2: []} for name in RATES}
        try:
            self._warm_up((single, two))
            for round_ in range(self.options.rounds):
                for name, rate in RATES.items():
                    for group in _order((single, two), round_):
                        pids = rig.tree(group.process.pid)
                        before = rig.cpu_seconds(pids)
                        done = self._load(name, group, self.options.seconds, ('-r', rate * max(1, group.workers)))['n']
                        costs[name][group.workers].append((rig.cpu_seconds(pids) - before) / done * 1e6)
                self._say(round_, {name: [round(costs[name][count][-1]) for count in (0, 2)] for name in RATES})
        finally:
            single.stop()
            two.stop()
        return [_times(name, of[0], of[2]) | {'wrong': statistics.median(_ratios(of[0], of[2])) > TIMES_SINGLE[name]}
                for name, of in costs.items()]

    def _group(self, workers):
        session_map = self.backends.run / 'map.sqlite'
        group = Group(self.backends.run, self.options.daemon, workers, session_map, self.options.node, self.cpus)
        group.start()
        return group

    def _warm_up(self, groups):
        """Before there is a quota: V8 optimises the code in seconds, not in minutes."""
        for _ in range(2):
            for name in LOADS:
                for group in groups:
                    self._load(name, group, self.options.warm_up)

    def _load(self, name, group, seconds, more=()):
        tool, backend, args = LOADS[name]
        argv = [self.backends.tools / tool, '-p', group.port, '-s', self.backends.run / f'{backend}.sessions', '-d', seconds]
        result = rig.run_load([*argv, *args, *more])
        if result['err'] or result['bad'] or not result['n']:
            raise SystemExit(f'{name}, {group.name}: not every answer is right: {result}')
        return result

    def _say(self, round_, values):
        print(f'  round {round_ + 1}/{self.options.rounds}: {values}', flush=True)


def _order(groups, round_):
    return groups[::-1] if round_ % 2 else groups


def _ratios(base, other):
    """Of each round its own: when the machine changes its speed, both change."""
    return [b / a for a, b in zip(base, other)]


def _times(name, base, other):
    ratios = _ratios(base, other)
    return {'what': name, 'base': statistics.median(base), 'other': statistics.median(other),
            'median': statistics.median(ratios), 'least': min(ratios), 'most': max(ratios),
            'count': len(ratios), 'of the least': min(other) / min(base), 'rounds': [base, other]}


def throughput_table(rows):
    """Markdown."""
    head = ['as fast as it goes, a fifth of a core for each worker', 'one worker, a second', 'two', 'times (range)',
            'rounds that count']
    return record.table(head, [
        [row['what'], f'{row["base"]:,.0f}', f'{row["other"]:,.0f}', _range(row),
         str(row['count'])] for row in rows])


def cpu_table(rows):
    """Markdown."""
    head = ['equal load per worker', 'CPU µs/request, single process', 'two workers and supervisor', 'times (range)',
            'times, least of each']
    return record.table(head, [
        [f'{row["what"]}, {RATES[row["what"]]:,}/s', report.short(row['base']), report.short(row['other']), _range(row),
         f'{row["of the least"]:.2f}'] for row in rows])


TABLES = {'throughput': throughput_table, 'cpu': cpu_table}


def _range(row):
    return f'**{row["median"]:.2f}** ({row["least"]:.2f} to {row["most"]:.2f})'


def noted(about):
    return (f'{about["rounds"]} rounds, medians, {about["date"]}, commit {about["commit"]}, Node {about["node"]}; load average '
            f'{about["load of the machine"]:.1f} of {len(rig.CPUS)} cores at the end, the bench itself included.')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--parts', type=lambda text: text.split(','), default=list(TABLES), metavar='A,B', help=','.join(TABLES))
    add('--rounds', type=int, default=ROUNDS, metavar='N')
    add('--seconds', type=float, default=SECONDS, metavar='N', help='of each load')
    add('--warm-up', type=float, default=WARM_UP_SECONDS, metavar='N', help='seconds of each load, twice, before the rounds')
    add('--node', default='node', metavar='PATH', help='the Node of the daemon')
    add('--json', type=pathlib.Path, metavar='FILE', help='write every round here')
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
