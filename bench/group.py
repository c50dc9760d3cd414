"""Our daemon with --workers, or as a single process: its workers, and the moments at which they are ready."""

import datetime
import json
import os
import signal
import time

import proxies
import rig

# A single process is waited for by its log too.
READY = ('worker ready', 'session map readable')
PATIENCE = 60


class Group(proxies.Proxy):
    """workers: 0 is a single process."""

    def __init__(self, run, main, workers, session_map, node='node', cpus=None):
        self.run, self.workers, self.cpu = run, workers, cpus or rig.EVERY_CPU
        self.starts, self.log = 0, None
        self.name, self.port, self.process, self.node = f'{workers} workers', rig.free_port(), None, node
        flags = ['--workers', workers] if workers else []
        self.argv = [node, main, '--ip', rig.LOOPBACK, '--port', self.port, '--sessions', session_map, '--mode', 'gie', *flags]

    def start(self):
        """Returns once all workers serve."""
        self.starts += 1
        self.log = self.run / f'workers-{self.workers}-{self.starts}.log'
        self.process = rig.start(self.argv, self.cpu, self.log, env={'NODE_NO_WARNINGS': '1'})
        self.until_ready(max(1, self.workers))

    def lines(self):
        """The log so far."""
        text = self.log.read_text(errors='replace')
        return [json.loads(line) for line in text.splitlines() if line.startswith('{') and line.endswith('}')]

    def readies(self):
        """Every time that a worker got ready, as in the log: seconds."""
        words = READY[0 if self.workers else 1]
        return [_seconds(line['time']) for line in self.lines() if line.get('msg') == words]

    def until_ready(self, count):
        """Waits until workers got ready so many times since the start; the time of the last one."""
        end = time.time() + PATIENCE
        while len(self.readies()) < count:
            if self.process.poll() is not None or time.time() > end:
                raise SystemExit(f'{self.name}: not ready.\n{self.log.read_text()[-1500:]}')
            time.sleep(0.01)
        return self.readies()[count - 1]

    def until_spare(self):
        """Waits until there is a spare worker: the state in which a worker usually dies."""
        end = time.time() + PATIENCE
        while not any(line.get('msg') == 'spare ready' for line in self.lines()):
            if time.time() > end:
                raise SystemExit(f'{self.name}: no spare.')
            time.sleep(0.02)

    def worker_pids(self):
        """All processes but the supervisor: the spare and those of a draining generation too."""
        leader = self.process.pid
        return [pid for pid in rig.tree(leader) if pid != leader] if self.workers else [leader]

    def serving_pids(self):
        """The worker of each slot."""
        ready = {line['worker']: line['workerPid'] for line in self.lines() if line.get('msg') == READY[0]}
        return [ready[slot] for slot in sorted(ready)]

    def signal(self, number):
        os.kill(self.process.pid, number)

    def restart(self):
        """Replaces every worker, one after the other, or the single process; waits until all new ones serve."""
        if self.workers:
            wanted = len(self.readies()) + self.workers
            self.signal(signal.SIGUSR2)
            self.until_ready(wanted)
            return
        old = self.process
        os.kill(old.pid, signal.SIGTERM)
        self.start()
        rig.stop(old)

    def until_gone(self, pids):
        """Waits until none of these workers is left."""
        end = time.time() + PATIENCE
        while set(pids) & set(self.worker_pids()):
            if time.time() > end:
                raise SystemExit(f'{self.name}: {pids} did not end')
            time.sleep(0.02)


def _seconds(logged):
    return datetime.datetime.fromisoformat(logged.replace('Z', '+00:00')).timestamp()
