"""The longest stall of a Node process's event loop, by its own histogram (conf/loop-delay.cjs)."""

import os
import signal
import time

from install import HERE

PATIENCE = 180


class LoopDelay:
    """Every Node that is started from now on counts."""

    def __init__(self, run):
        self.file = run / 'loop-delay'
        os.environ |= {'NODE_OPTIONS': f'--require {HERE / "conf/loop-delay.cjs"}', 'BENCH_LOOP_DELAY': str(self.file)}

    def longest(self, proxy):
        """ms. The longest stall since the last call."""
        self.file.unlink(missing_ok=True)
        os.kill(proxy.process.pid, signal.SIGUSR2)
        end = time.time() + PATIENCE
        while not self.file.exists():
            if time.time() > end:
                raise SystemExit(f'{proxy.name} does not answer to SIGUSR2')
            time.sleep(0.001)
        return float(self.file.read_text())
