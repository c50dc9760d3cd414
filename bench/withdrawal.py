#!/usr/bin/env python3
"""How soon a removed session's tunnel ends, while thousands of other sessions' tunnels are open."""

import argparse
import http.client
import os
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import threading
import time

# No bytecode is written next to the sources.
sys.dont_write_bytecode = True

import install
import proxies
import record
import report
import rig
from backends import Backends, galaxy_map, session_key, write_sqlite
from loop_delay import LoopDelay

TUNNELS, REMOVALS = 10_000, 50
# Of the proxy: two for each tunnel, and what it needs itself (src/config/config.ts).
OWN_DESCRIPTORS = 128
# Milliseconds.
BOUND = 100
PATIENCE = 60
MARKS = ('<!-- withdrawal: figures, written by bench/withdrawal.py -->', '<!-- withdrawal: end -->')


def main():
    options = arguments()
    rig.prepare()
    install.programs(['nginx', 'gcc', 'taskset'])
    fit = (os.sysconf('SC_OPEN_MAX') - OWN_DESCRIPTORS) // 2 - REMOVALS
    tunnels = min(options.tunnels, fit)
    if tunnels < options.tunnels:
        print(f'{tunnels:,} tunnels instead of {options.tunnels:,}: more files may not be open here (ulimit -Hn)')
    try:
        backends = Backends(install.compile_tools(options.cache / 'bin'), options.cache / 'withdrawal-run')
        delay = LoopDelay(backends.run)
        rig.pin_self()
        rows = []
        for sessions in (1, tunnels):
            for polled in (False, True):
                rows.append(measure(backends, options, Case(tunnels, sessions, polled), delay))
                print(rows[-1], flush=True)
    finally:
        rig.stop_all()
    text = table(rows)
    print(f'\n{text}')
    if options.record:
        noted = f'{REMOVALS} removals each, {time.strftime("%F")}, Node {proxies.node_version("node")}.'
        record.replace(MARKS, f'{text}\n\n{noted}')
    sys.exit(any(row['wrong'] or row['late'] for row in rows))


class Case:
    def __init__(self, tunnels, sessions, polled):
        self.tunnels, self.sessions, self.polled = tunnels, sessions, polled


def measure(backends, options, case, delay):
    """A fresh daemon with all tunnels open; then one removal after the other."""
    beside = [session_key('beside', number) for number in range(case.sessions)]
    leaving = [session_key('leaving', number) for number in range(REMOVALS)]
    path = backends.run / 'map.sqlite'
    path.unlink(missing_ok=True)
    ports = backends.ports['sink']
    write_sqlite(path, [(key, ports[number % len(ports)]) for number, key in enumerate([*beside, *leaving])])
    (backends.run / 'beside.sessions').write_text('\n'.join(beside) + '\n')
    proxy = proxies.ours(backends, options.daemon)
    holder = None
    try:
        proxy.start()
        holder = hold(proxy, backends, case.tunnels)
        tunnels = [Tunnel(proxy.port, key) for key in leaving]
        # Garbage of the opening is collected, watchers are quiet.
        time.sleep(2)
        galaxy = galaxy_map(path)
        delay.longest(proxy)
        cpu, took, polls = rig.cpu_seconds(proxy.pids()), [], [0, 0, 0]
        for tunnel in tunnels:
            took.append(remove(galaxy, tunnel, Poller(proxy, tunnel.key, polls) if case.polled else None))
            time.sleep(0.1)
        cpu = (rig.cpu_seconds(proxy.pids()) - cpu) / REMOVALS * 1000
        if holder.poll() is not None or select.select([holder.stdout], [], [], 0)[0]:
            raise SystemExit('the other tunnels did not stay open')
        return {'tunnels': case.tunnels, 'sessions': case.sessions, 'polled': polls if case.polled else None,
                'median': statistics.median(took), 'longest': max(took), 'late': sum(each > BOUND for each in took),
                'wrong': polls[2], 'stall': delay.longest(proxy), 'cpu': cpu}
    finally:
        if holder:
            rig.stop(holder)
        proxy.stop()


def hold(proxy, backends, count):
    """Opens the other tunnels in a separate process."""
    argv = [backends.tools / 'ws_load', '-p', proxy.port, '-h', proxy.host, '-s', backends.run / 'beside.sessions', '-c', count]
    holder = rig.start([*argv, '-H'], rig.LOAD_CPU, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if not select.select([holder.stdout], [], [], 2 * PATIENCE)[0] or holder.stdout.readline() != b'open\n':
        raise SystemExit('the other tunnels could not be opened')
    return holder


def remove(galaxy, tunnel, poller):
    """ms. From the commit's return to the tunnel's end."""
    if poller:
        poller.start()
        poller.asked.wait(PATIENCE)
    # The end is timed in a thread that waits for nothing else.
    tunnel.start()
    galaxy.remove(tunnel.key)
    committed = time.monotonic()
    tunnel.join(PATIENCE)
    if tunnel.ended is None:
        raise SystemExit(f'a tunnel did not end within {PATIENCE} s')
    if poller:
        poller.stop(committed)
    return max(0, tunnel.ended - committed) * 1000


class Tunnel(threading.Thread):
    """Open once it is created; as a thread it waits for its end."""

    def __init__(self, port, key):
        super().__init__(daemon=True)
        self.key, self.ended = key, None
        self.socket = socket.create_connection((rig.LOOPBACK, port), PATIENCE)
        lines = ('GET /ws HTTP/1.1', f'Host: localhost:{port}', f'Cookie: galaxysession={key}', 'Upgrade: websocket',
                 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
        self.socket.sendall('\r\n'.join((*lines, '', '')).encode())
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            head += self.socket.recv(1)
        if head.split()[1] != b'101':
            raise SystemExit(f'no tunnel: {head}')

    def run(self):
        try:
            self.socket.recv(1)
        except ConnectionResetError:
            pass
        self.ended = time.monotonic()
        self.socket.close()


class Poller(threading.Thread):
    """Asks for one session all the time. Counts into `polls`: answers before the commit, after, and wrong ones."""

    def __init__(self, proxy, key, polls):
        super().__init__(daemon=True)
        self.key, self.polls, self.answers = key, polls, []
        self.asked, self.over = threading.Event(), threading.Event()
        self.connection = http.client.HTTPConnection(rig.LOOPBACK, proxy.port, timeout=PATIENCE)

    def run(self):
        while not self.over.is_set():
            # A POST: the sink takes anything else for an upgrade.
            sent = time.monotonic()
            self.connection.request('POST', '/poll', b'', {'Cookie': f'galaxysession={self.key}'})
            answer = self.connection.getresponse()
            answer.read()
            self.answers.append((sent, answer.status))
            self.asked.set()
            time.sleep(0.002)
        self.connection.close()

    def stop(self, committed):
        before = len(self.answers)
        while len(self.answers) < before + 2:
            time.sleep(0.001)
        self.over.set()
        self.join()
        for sent, status in self.answers:
            self.polls[sent > committed] += 1
            self.polls[2] += status != 403 if sent > committed else status not in (200, 403)


def table(rows):
    """Markdown."""
    head = ['other tunnels', 'of sessions', 'requests for the session meanwhile', 'commit to end, median ms', 'longest ms',
            f'over {BOUND} ms', 'wrong answers', 'CPU a removal, ms', 'longest stall of the loop, ms']
    return record.table(head, [
        [f'{row["tunnels"]:,}', f'{row["sessions"]:,}', _polled(row['polled']), report.short(row['median']),
         report.short(row['longest']), str(row['late']), str(row['wrong']), report.short(row['cpu']), report.short(row['stall'])]
        for row in rows])


def _polled(polls):
    return f'{polls[0]} times before the commit, {polls[1]} times after' if polls else 'no'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--tunnels', type=int, default=TUNNELS, metavar='N', help='beside; fewer where the open file limit is too low')
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
