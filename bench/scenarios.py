"""The scenarios: the load of each, its unit, and words for the tables."""

from dataclasses import dataclass

# A notebook server's answer to a request for its kernels.
SMALL = '{"id":"4c1f","name":"python3","last_activity":"2026-01-01T00:00:00Z","execution_state":"idle"}'
SMALL_GET = ('-u', '/s', '-l', len(SMALL))
MB = 1_000_000


@dataclass(frozen=True)
class Load:
    """A load that runs for some seconds; its cost is CPU time per right answer."""

    about: str
    tool: str
    # 'web' serves files, 'sink' takes uploads and echoes tunnels.
    backend: str
    seconds: float
    args: tuple
    unit: str = 'CPU µs/request'
    # From CPU seconds per request to the unit.
    scale: float = 1e6
    upload: int = 0


LOADS = {
    'small': Load('small GET, saturated', 'http_load', 'web', 1.5, ('-c', 64, *SMALL_GET)),
    'small5k': Load('small GET, 5,000/s', 'http_load', 'web', 2.0, ('-c', 64, *SMALL_GET, '-r', 5000)),
    '10k': Load('10 kB down', 'http_load', 'web', 1.2, ('-c', 64, '-u', '/f/10k', '-l', 10_000)),
    '1m': Load('1 MB down', 'http_load', 'web', 1.2, ('-c', 16, '-u', '/f/1m', '-l', MB)),
    'up1m': Load('1 MB up', 'http_load', 'sink', 1.2,
                 ('-c', 8, '-u', '/up', '-b', MB, '-l', 2), upload=MB),
    'ws': Load('WebSocket echo, saturated', 'ws_load', 'sink', 1.2, ('-c', 32), 'CPU µs/message'),
    'ws2k': Load('WebSocket echo, 2,000/s', 'ws_load', 'sink', 2.0,
                 ('-c', 100, '-r', 2000), 'CPU µs/message'),
    'conn': Load('small GET, new connection each', 'http_load', 'web', 1.0, ('-c', 16, '-x', *SMALL_GET)),
    # Ten of its requests are a gigabyte.
    'up100m': Load('100 MB up', 'http_load', 'sink', 30,
                   ('-c', 2, '-n', 6, '-u', '/up', '-b', 100 * MB, '-l', 2), 'CPU s/GB', 10, 100 * MB),
}
TUNNELS = 4000
ABOUT = {name: load.about for name, load in LOADS.items()} | {
    'idlews': f'{TUNNELS:,} silent tunnels', 'start': 'spawn to first accepted connection'}
UNIT = {name: load.unit for name, load in LOADS.items()} | {'idlews': 'kB/tunnel', 'start': 'ms'}
ALL = ['small', 'small5k', '10k', '1m', 'up1m', 'ws', 'ws2k', 'conn', 'idlews', 'up100m', 'start']
# These run interleaved; up100m after them, because it heats and fills every proxy.
STEADY = [name for name in LOADS if name != 'up100m']
# The guard's.
QUICK = ['small', '10k', '1m', 'up1m', 'ws', 'conn']
QUICK_SECONDS = 0.7
QUICK_ROUNDS = 5
