"""Writes the results into docs/."""

import machine
import report
from draw import drawing
from install import PROJECT
from proxies import BASE, OURS, label
from scenarios import ABOUT, ALL, LOADS, UNIT

DOCUMENT = PROJECT / 'docs/performance.md'
PICTURE = PROJECT / 'docs/bench.svg'
MARKS = ('<!-- bench: figures, written by bench/run.py -->', '<!-- bench: end -->')
CAPTION = 'CPU time of each proxy for the same work, as a multiple of that of nginx'
# Numbers of proxies that say more than their ratio to nginx: (scenario, key, words).
PLAIN = [('idlews', 'cost', f'{ABOUT["idlews"]}, kB each'),
         ('up100m', 'peak', f'{ABOUT["up100m"]}, peak MB above idle'),
         ('start', 'cost', f'{ABOUT["start"]}, ms'),
         ('start', 'rss', 'memory after the first request, MB')]


def record(results, names, info):
    """The picture, and the figures between their marks."""
    shown = [name for name in names if name not in ('direct', BASE)]
    loads = [scenario for scenario in ALL if scenario in LOADS and scenario in results]
    replace(MARKS, figures(results, names, info))
    PICTURE.write_text(drawing(results, shown, loads))


def replace(marks, body):
    """Puts a text between two lines of the document. SystemExit if these are missing."""
    before, begin, rest = DOCUMENT.read_text().partition(marks[0])
    _old, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise SystemExit(f'put the lines "{marks[0]}" and "{marks[1]}" back into {DOCUMENT}')
    DOCUMENT.write_text(f'{before}{begin}\n\n{body}\n\n{end}{after}')


def figures(results, names, info):
    """Markdown: the picture, the ratios, the plain numbers, where and with what, the noise."""
    others = [name for name in names if name != BASE]
    loads = [scenario for scenario in ALL if scenario in LOADS and scenario in results]
    head = ['', 'nginx', *map(label, others)]
    ratios = [[ABOUT[scenario], _with_unit(results, scenario), *(_ratio(results, scenario, name) for name in others)]
              for scenario in loads]
    plain = [[words, *(_plain(results, scenario, name, key) for name in (BASE, *others))]
             for scenario, key, words in PLAIN if scenario in results]
    tables = [table(head, rows) for rows in (ratios, plain) if rows]
    noise = f'Other work on the proxy\'s core meanwhile: {report.noise_in_words(results)}.'
    return '\n\n'.join([f'![{CAPTION}]({PICTURE.name})', *tables, f'{machine.in_words(info)} {noise}'])


def table(head, rows):
    """Markdown; the first column is words, the others are numbers."""
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _with_unit(results, scenario):
    cost = report.short(results.median(scenario, BASE))
    return f'{cost} {UNIT[scenario].removeprefix("CPU ")}' if cost else 'errors'


def _ratio(results, scenario, name):
    """Ours with the smallest and the largest round."""
    ratios = results.ratios(scenario, name, BASE)
    if not ratios:
        return 'errors' if results.broken(scenario, name) else ''
    text = f'{results.ratio(scenario, name, BASE):.2f}'
    return f'**{text}** ({min(ratios):.2f} to {max(ratios):.2f})' if name.startswith(OURS) else text


def _plain(results, scenario, name, key):
    if results.broken(scenario, name):
        return 'errors'
    value = report.short(results.median(scenario, name, key))
    return f'**{value}**' if value and name.startswith(OURS) else value
