"""Runs the scenarios: rounds that visit every proxy in turn, idle tunnels, starts."""

import select
import subprocess
import time

import rig
from scenarios import LOADS, SMALL_GET, TUNNELS

# One warm-up round is not enough: in the round after it Node proxies cost twice as much, because V8 optimises,
# meets the next scenario, throws its code away and optimises again.
WARM_UP = 2
WARM_UP_SECONDS = 1
ROUNDS_IDLE, ROUNDS_UP100M = 2, 3


class Bench:
    """Where results go, and the tools and backends of this run."""

    def __init__(self, backends, results, rounds):
        self.backends, self.results, self.rounds = backends, results, rounds

    def interleaved(self, proxies, scenarios, seconds=None):
        """All proxies run side by side; each round visits them in turn, every other round backwards."""
        try:
            for proxy in proxies:
                proxy.start()
            time.sleep(1)
            idle = {proxy: rig.memory_mb(proxy.pids()) for proxy in proxies}
            for round_ in range(-WARM_UP, self.rounds):
                for scenario in scenarios:
                    for proxy in _order(proxies, round_):
                        short = WARM_UP_SECONDS if round_ < 0 and scenario != 'up100m' else seconds
                        result = self._load(scenario, proxy, short)
                        result['peak'] = rig.memory_mb(proxy.pids(), 'VmHWM') - idle[proxy]
                        self.results.add(scenario, proxy.name, round_, result)
                _say(f'{f"round {round_ + 1}/{self.rounds}" if round_ >= 0 else "warm-up"} of {",".join(scenarios)}')
        finally:
            for proxy in proxies:
                proxy.stop()

    def _load(self, scenario, proxy, seconds):
        """One load on one proxy; the proxy's CPU time is taken right before and after."""
        load = LOADS[scenario]
        argv = [*self._tool(load.tool, load.backend, proxy), '-d', seconds or load.seconds, *load.args]
        pids = proxy.pids()
        busy, cpu, begin = rig.busy_seconds(rig.PROXY_CPU), rig.cpu_seconds(pids), time.time()
        result = rig.run_load(argv)
        cpu, wall = rig.cpu_seconds(pids) - cpu, time.time() - begin
        if proxy.process:
            result['foreign'] = max(0, (rig.busy_seconds(rig.PROXY_CPU) - busy - cpu) / wall)
        result['cost'] = cpu / max(1, result['n']) * load.scale
        result['rss'] = rig.memory_mb(pids)
        if load.upload and result['n']:
            result['MBps'] = result['n'] * load.upload / result['s'] / 1e6
        return result

    def _tool(self, tool, backend, proxy):
        return [self.backends.tools / tool, '-p', proxy.port_for(backend), '-h', proxy.host, '-P', proxy.prefix,
                '-s', self.backends.run / f'{backend}.sessions']

    def idle_tunnels(self, proxies):
        """Memory of open, silent tunnels: a fresh proxy each time, as freed memory rarely goes back to the system."""
        for round_ in range(min(ROUNDS_IDLE, self.rounds)):
            for proxy in _order(proxies, round_):
                try:
                    proxy.start()
                    result = self._hold(proxy)
                finally:
                    proxy.stop()
                self.results.add('idlews', proxy.name, round_, result)
        _say('idlews')

    def _hold(self, proxy):
        time.sleep(0.8)
        pids = proxy.pids()
        before, cpu = rig.memory_mb(pids), rig.cpu_seconds(pids)
        argv = [*self._tool('ws_load', 'sink', proxy), '-H', '-c', TUNNELS]
        pipes = {name: subprocess.PIPE for name in ('stdin', 'stdout', 'stderr')}
        client = rig.start(argv, rig.LOAD_CPU, **pipes)
        try:
            opened = select.select([client.stdout], [], [], 60)[0] and client.stdout.readline() == b'open\n'
            cpu = rig.cpu_seconds(pids) - cpu
            time.sleep(4)
            if opened and client.poll() is None:
                kb = (rig.memory_mb(pids) - before) * 1024 / TUNNELS
                return {'n': TUNNELS, 'cost': kb, 'setup': cpu / TUNNELS * 1e6}
            why = client.stderr.readline().decode().strip() if client.poll() is not None else 'after 60 s'
            return {'n': 0, 'why': f'tunnels not opened or not held: {why}'}
        finally:
            rig.stop(client)

    def starts(self, proxies):
        """ms from spawn to the first accepted connection; then one request, so that an early listen() is no gain."""
        for round_ in range(-1, self.rounds):
            for proxy in _order(proxies, round_):
                try:
                    took = proxy.start()
                    time.sleep(0.4)
                    memory = rig.memory_mb(proxy.pids())
                    check = rig.run_load([*self._tool('http_load', 'web', proxy), '-n', 1, '-c', 1, '-d', 2, *SMALL_GET])
                finally:
                    proxy.stop()
                self.results.add('start', proxy.name, round_, {**check, 'cost': took, 'rss': memory})
        _say('start')


def _order(proxies, round_):
    return proxies[::-1] if round_ % 2 else proxies


def _say(text):
    print(f'  {text}', flush=True)
