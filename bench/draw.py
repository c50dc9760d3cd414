"""The picture of docs/performance.md: for each scenario a panel of bars, nginx = 1 the line that they start from."""

import math
from html import escape

from proxies import BASE, OURS, label
from scenarios import ABOUT

# Pixels.
LEFT, PANEL, GAP, TOP = 195, 215, 18, 52
ROW, BAR, HEAD, FOOT = 17, 11, 26, 24
COLUMNS = 3
# The axis, in ratios to nginx; a bar beyond it is cut, its number is not.
LOW, HIGH = 1 / 8, 64
MARKS = {1 / 4: '¼', 1: '1', 4: '4', 16: '16'}
# A grey and a blue that can be read on white and on black: the page's background shows through.
STYLE = """
\ttext { font: 12px sans-serif; fill: #777; }
\t.title, .ours { font-weight: bold; }
\t.small { font-size: 11px; }
\t.one { stroke: #777; stroke-width: 1.5; }
\t.grid { stroke: #777; stroke-width: 0.5; stroke-opacity: 0.35; }
\t.bar { fill: #888; fill-opacity: 0.6; }
\t.bar.ours { fill: #2f80d0; fill-opacity: 1; }
"""


def drawing(results, names, scenarios):
    """An SVG. `names`: the proxies from top to bottom."""
    rows = math.ceil(len(scenarios) / COLUMNS)
    panel_height = HEAD + ROW * len(names) + FOOT
    width, height = LEFT + COLUMNS * (PANEL + GAP), TOP + rows * panel_height
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
             'aria-label="CPU time of each proxy for the same work as a multiple of nginx\'s">',
             f'<style>{STYLE}</style>',
             _text(0, 16, 'CPU time of the proxy for the same work, nginx = 1', 'title'),
             _text(0, 34, 'To the right of the line: dearer than nginx; to the left: cheaper. Logarithmic.')]
    for number, scenario in enumerate(scenarios):
        row, column = divmod(number, COLUMNS)
        left, top = LEFT + column * (PANEL + GAP), TOP + row * panel_height
        if column == 0:
            parts += [_text(LEFT - 10, top + HEAD + ROW * i + BAR, label(name), _class(name), 'end')
                      for i, name in enumerate(names)]
        parts += _panel(results, scenario, names, (left, top))
    return '\n'.join([*parts, '</svg>', ''])


def _panel(results, scenario, names, corner):
    left, top = corner
    bottom = top + HEAD + ROW * len(names)
    parts = [_text(left, top + 14, ABOUT[scenario], 'small title')]
    for ratio, text in MARKS.items():
        x = _x(left, ratio)
        kind = 'one' if ratio == 1 else 'grid'
        parts.append(f'<line class="{kind}" x1="{x:.1f}" y1="{top + HEAD - 4}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 12, text, 'small', 'middle'))
    for number, name in enumerate(names):
        parts += _bar(left, top + HEAD + ROW * number, name, _cell(results, scenario, name))
    return parts


def _bar(left, y, name, cell):
    """A number is a ratio, a text says why there is none."""
    one = _x(left, 1)
    if isinstance(cell, str):
        return [_text(one + 5, y + BAR - 1, cell, 'small')]
    end = _x(left, min(max(cell, LOW), HIGH / 2))
    start, stop = sorted((one, end))
    bar = f'<rect class="bar {_class(name)}" x="{start:.1f}" y="{y}" width="{stop - start:.1f}" height="{BAR}"/>'
    number = f'{cell:.2f}' if cell < 10 else f'{cell:.0f}'
    return [bar, _text(stop + 5, y + BAR - 1, number, f'small {_class(name)}')]


def _cell(results, scenario, name):
    if results.broken(scenario, name):
        return 'errors'
    return results.ratio(scenario, name, BASE) or 'not measured'


def _x(left, ratio):
    return left + PANEL * math.log(ratio / LOW) / math.log(HIGH / LOW)


def _class(name):
    return 'ours' if name.startswith(OURS) else ''


def _text(x, y, text, kind='', anchor='start'):
    return f'<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
