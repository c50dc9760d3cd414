"""The tests' steady load (test/support/steady-load.ts) and its container, for tools that count what is lost."""

import json
import subprocess
import threading
import time

import rig
from install import PROJECT

SUPPORT = PROJECT / 'test/support'
KINDS = ['get-new', 'get-kept', 'post-new', 'post-kept']
COOKIE = 'steady'
PATIENCE = 60


class Container:
    """Its rows are Galaxy's session COOKIE and, for tools, nothing."""

    def __init__(self):
        self.process = _start('steady-load-container.mjs')
        self.port = int(self.process.stdout.readline())

    def stop(self):
        rig.stop(self.process)


class Load:
    """Runs from its creation to stop(); `counts` is a few milliseconds old."""

    def __init__(self, port, rate, kinds=KINDS, connections=64, tunnels=0):
        self.counts, self.last, self.changed = {'answered': 0}, None, threading.Condition()
        self.process = _start('steady-load-client.mjs')
        options = {'to': {'port': port, 'host': rig.LOOPBACK}, 'host': f'localhost:{port}', 'path': '/load',
                   'cookie': f'galaxysession={COOKIE}', 'rate': rate, 'kinds': kinds, 'connections': connections,
                   'tunnels': tunnels}
        self.process.stdin.write(json.dumps(options) + '\n')
        self.process.stdin.flush()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.counts = json.loads(line)
                self.last = self.counts if self.counts.get('isLast') else None
                self.changed.notify_all()

    def until(self, holds):
        """Waits for counts of which holds(counts) is true."""
        end = time.time() + PATIENCE
        with self.changed:
            while not holds(self.counts):
                if not self.reader.is_alive() or not self.changed.wait(end - time.time()):
                    raise SystemExit(f'the load does not get on: {self.counts}')

    def more(self, answers):
        """Waits for so many answers from now on."""
        wanted = self.counts['answered'] + answers
        self.until(lambda counts: counts['answered'] >= wanted)

    def stop(self):
        """Waits for the last answers; the result."""
        self.process.stdin.close()
        self.reader.join(PATIENCE)
        rig.stop(self.process)
        if self.last is None:
            raise SystemExit(f'the load ended by itself: {self.counts}')
        return self.last


def _start(program):
    return rig.start(['node', SUPPORT / program], rig.EVERY_CPU, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
