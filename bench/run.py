#!/usr/bin/env python3
"""Measures the cost of a request in this proxy and in others, in paired rounds on one machine. Method: bench/README.md."""

import argparse
import fcntl
import json
import pathlib
import sys
import time

# No bytecode is written next to the sources.
sys.dont_write_bytecode = True

import guard
import install
import machine
import proxies
import record
import report
import rig
import scenarios
from backends import Backends
from measure import ROUNDS_UP100M, Bench
from results import Results


def main():
    options = arguments()
    rig.prepare()
    if not options.daemon.exists():
        raise SystemExit(f'{options.daemon} does not exist: npm run build makes it')
    install.programs(['nginx', 'gcc', 'taskset', *(['haproxy'] if 'haproxy' in options.against else [])])
    options.cache.mkdir(parents=True, exist_ok=True)
    with open(options.cache / 'lock', 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f'another run uses {options.cache}: two would disturb each other')
        try:
            return measured(options)
        finally:
            rig.stop_all()


def measured(options):
    """Measures, shows, writes. False if the guard found a loss, or a cell has errors."""
    begin, results = time.time(), Results()
    backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'run')
    ours = [proxies.ours(backends, options.daemon)]
    for spec in options.node:
        name, node = install.node_variant(spec, options.cache)
        ours.append(proxies.ours(backends, options.daemon, f'{proxies.OURS}@{name}', node))
    peers = [proxies.peer(name, backends, options.cache) for name in options.against]
    everyone = [*ours, *peers]
    info, names = machine.about(everyone, options.cache), [proxy.name for proxy in everyone]
    rig.pin_self()
    run(everyone, Bench(backends, results, options.rounds), options)
    print(f'\n{machine.in_words(info)} {options.rounds} rounds, {time.time() - begin:.0f} s.')
    report.show(results, names)
    if options.json:
        rows = {'about': info, 'rounds': options.rounds, 'results': results.cells}
        options.json.write_text(json.dumps(rows, indent=1))
    if options.check:
        return check([*ours, peers[0]], backends, results, info)
    if options.record:
        keep(ours, peers[0], backends, (results, names, info), options)
    return not results.errors()


def run(everyone, bench, options):
    """The scenarios that were asked for."""
    steady = [name for name in options.scenarios if name in scenarios.STEADY]
    if steady:
        bench.interleaved(everyone, steady, scenarios.QUICK_SECONDS if options.quick else None)
    if 'up100m' in options.scenarios:
        few = Bench(bench.backends, bench.results, min(ROUNDS_UP100M, options.rounds))
        few.interleaved(everyone, ['up100m'])
    started_afresh = [proxy for proxy in everyone if proxy.name != 'direct']
    if 'idlews' in options.scenarios:
        bench.idle_tunnels(started_afresh)
    if 'start' in options.scenarios:
        bench.starts(started_afresh)


def check(everyone, backends, results, info):
    """A loss counts only if it is measured twice: the second time with more rounds, for these scenarios only."""
    print('\nAgainst what is recorded:')
    lost = guard.losses(results, scenarios.QUICK, info)
    if lost:
        again = list(dict.fromkeys(scenario for scenario, _words in lost))
        print('once more:', ', '.join(again))
        second = Results()
        Bench(backends, second, 2 * scenarios.QUICK_ROUNDS - 1).interleaved(everyone, again, scenarios.QUICK_SECONDS)
        lost = guard.losses(second, again, info)
    if lost:
        print('\nLOSS:', *(words for _scenario, words in lost), sep='\n  ')
        print(guard.advice(info))
    return not lost


def keep(ours, nginx, backends, outcome, options):
    """Writes docs/ from this run, and the guard's ratios from a short one, because they are compared with short runs."""
    results, names, info = outcome
    if results.errors():
        raise SystemExit('nothing is recorded: there were errors')
    if not options.quick:
        record.record(results, names, info)
        print(f'\nwritten: {record.DOCUMENT}, {record.PICTURE}; now the short run for the guard')
        results = Results()
        bench = Bench(backends, results, scenarios.QUICK_ROUNDS)
        bench.interleaved([*ours, nginx], scenarios.QUICK, scenarios.QUICK_SECONDS)
    guard.write(results, info)
    print(f'written: {guard.RATIOS}')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    known = {'scenarios': scenarios.ALL, 'peers': [*proxies.PEERS, *proxies.TOOLS]}

    def names(kind):
        def split(text):
            words = text.split(',')
            unknown = [word for word in words if word not in known[kind]]
            if unknown:
                raise argparse.ArgumentTypeError(f'unknown: {", ".join(unknown)} (known: {",".join(known[kind])})')
            return words
        return split

    add = parser.add_argument
    add('--scenarios', type=names('scenarios'), metavar='A,B', help=f'default: all of {",".join(known["scenarios"])}')
    add('--against', type=names('peers'), metavar='A,B', help=f'default: all of {",".join(proxies.PEERS)}; nginx always; also {",".join(proxies.TOOLS)}')
    add('--rounds', type=int, help='counted rounds, default 5 (idlews 2, up100m 3 at most)')
    add('--node', action='append', default=[], metavar='NAME=PATH|VERSION',
        help='ours under a further Node as well; a version is fetched from npm')
    add('--quick', action='store_true', help='five short rounds of the guard\'s scenarios against nginx: about a minute')
    add('--check', action='store_true', help='the quick run; fails where it lost more than 15 %% against ratios.json')
    add('--record', action='store_true', help='write docs/performance.md, its picture and ratios.json (quick: only these)')
    add('--json', type=pathlib.Path, metavar='FILE', help='write every round here')
    add('--daemon', type=pathlib.Path, default=install.PROJECT / 'dist/main.js', metavar='MAIN.JS', help='another build of ours')
    add('--cache', type=pathlib.Path, default=install.PROJECT / 'node_modules/.cache/bench', metavar='DIR',
        help='where tools, peers and logs are kept; default: node_modules/.cache/bench')
    options = parser.parse_args()
    options.quick |= options.check
    if (options.check or options.record) and (options.scenarios or options.against):
        parser.error('--check and --record have scenarios and peers of their own: leave out --scenarios and --against')
    if options.check and options.record:
        parser.error('--check compares, --record replaces: one of the two')
    options.scenarios = options.scenarios or (scenarios.QUICK if options.quick else scenarios.ALL)
    others = options.against or ([] if options.quick else proxies.PEERS)
    options.against = [proxies.BASE, *(name for name in others if name != proxies.BASE)]
    options.rounds = options.rounds or scenarios.QUICK_ROUNDS
    options.daemon, options.cache = options.daemon.resolve(), options.cache.resolve()
    return options


if __name__ == '__main__':
    try:
        sys.exit(0 if main() else 1)
    except KeyboardInterrupt:
        sys.exit('interrupted; all processes are stopped')
