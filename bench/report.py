"""The tables on the terminal."""

from proxies import BASE
from scenarios import ALL, LOADS, UNIT


def show(results, names, base=BASE):
    """Prints the results. `names`: the proxies in the order of the columns."""
    rows = [scenario for scenario in ALL if scenario in results]
    loads = [scenario for scenario in rows if scenario in LOADS]
    bodies = [scenario for scenario in loads if LOADS[scenario].upload or scenario in ('10k', '1m')]

    def cost(scenario, name):
        if results.broken(scenario, name):
            return 'ERRORS'
        ratio = results.ratio(scenario, name, base)
        return short(results.median(scenario, name)) + (f' {ratio:.2f}x' if ratio and name != base else '')

    def spread(scenario, name):
        ratios = results.ratios(scenario, name, base)
        return f'{min(ratios):.2f}-{max(ratios):.2f}' if ratios and name != base else ''

    def plain(key):
        return lambda scenario, name: short(results.median(scenario, name, key))

    def latency(scenario, name):
        return '/'.join(filter(None, (short(results.median(scenario, name, key)) for key in ('p50', 'p99'))))

    _table(f'COST (x = ratio to {base})', rows, names, cost, UNIT)
    _table('spread of the ratio over rounds', rows, names, spread)
    _table('p50/p99 µs', [scenario for scenario in loads if scenario != 'up100m'], names, latency)
    _table('requests/s', loads, names, plain('rps'))
    _table('MB/s', bodies, names, plain('MBps'))
    _table('RSS MB (start: when idle)', [*loads, *(['start'] if 'start' in rows else [])], names, plain('rss'))
    _table('peak RSS MB above idle', [scenario for scenario in rows if scenario == 'up100m'], names, plain('peak'))
    _table('CPU µs to open a tunnel', [scenario for scenario in rows if scenario == 'idlews'], names, plain('setup'))
    _noise(results, base, loads)
    if results.errors():
        print('\n!!!! ERRORS, these cells do not count:', ', '.join(results.errors()))


def short(value):
    """Three digits at most; empty for None."""
    if value is None:
        return ''
    return f'{value:.0f}' if value >= 100 else f'{value:.1f}' if value >= 10 else f'{value:.2f}'


def noise_in_words(results):
    noise = results.noise()
    return f'median {noise[0]:.0%}, worst {noise[1]:.0%} of the time' if noise else ''


def _noise(results, base, loads):
    own = {scenario: list(results.values(scenario, base).values()) for scenario in loads}
    moved = [f'{scenario} {max(costs) / min(costs):.2f}' for scenario, costs in own.items() if costs and min(costs)]
    if moved:
        print(f'\nother work on the proxy\'s core: {noise_in_words(results)}; '
              f'{base}\'s own cost over the rounds (max/min): {", ".join(moved)}')


def _table(title, rows, columns, cell, units=None):
    cells = [[f'{row} [{units[row]}]' if units else row, *(cell(row, column) for column in columns)] for row in rows]
    if not any(text for line in cells for text in line[1:]):
        return
    lines = [[title, *columns], *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    print()
    for name, *rest in lines:
        print('  '.join([name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(rest, widths[1:]))]))
