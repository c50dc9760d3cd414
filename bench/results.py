"""The results, and their paired ratios."""

import statistics


class Results:
    """cells[scenario][proxy] = one dict for each counted round; its 'cost' is what ratios are made of.

    A result with errors voids its cell: it has no median and no ratio, wherever it is shown."""

    def __init__(self):
        self.cells = {}

    def __contains__(self, scenario):
        return scenario in self.cells

    def add(self, scenario, proxy, round_, result):
        """Warm-up rounds have negative numbers: an error in one counts, its figures do not."""
        problems = {key: result[key] for key in ('err', 'bad', 'why') if result.get(key)}
        if not result.get('n'):
            problems.setdefault('why', 'nothing was served')
        if problems:
            print(f'  !! {scenario} {proxy}: {problems}', flush=True)
        if round_ >= 0 or problems:
            row = {**result, 'round': round_, **({'problems': problems} if problems else {})}
            self.cells.setdefault(scenario, {}).setdefault(proxy, []).append(row)

    def rows(self, scenario, proxy):
        return self.cells.get(scenario, {}).get(proxy, [])

    def broken(self, scenario, proxy):
        return any('problems' in row for row in self.rows(scenario, proxy))

    def values(self, scenario, proxy, key='cost'):
        """{round: value} of the rounds that count."""
        if self.broken(scenario, proxy):
            return {}
        return {row['round']: row[key] for row in self.rows(scenario, proxy) if row['round'] >= 0 and key in row}

    def median(self, scenario, proxy, key='cost'):
        """None if nothing was measured, or with errors."""
        values = self.values(scenario, proxy, key)
        return statistics.median(values.values()) if values else None

    def ratios(self, scenario, proxy, base):
        """Paired: the cost of each round divided by the base's cost in the same round. Empty if either had errors."""
        other = self.values(scenario, base)
        return [value / other[round_] for round_, value in self.values(scenario, proxy).items() if other.get(round_)]

    def ratio(self, scenario, proxy, base):
        ratios = self.ratios(scenario, proxy, base)
        return statistics.median(ratios) if ratios else None

    def errors(self):
        """'scenario proxy' of each cell that does not count."""
        return [f'{scenario} {proxy}' for scenario, cells in self.cells.items() for proxy in cells
                if self.broken(scenario, proxy)]

    def noise(self):
        """Part of the time in which other work ran on the proxy's core: median and worst. None without a load."""
        parts = [row['foreign'] for cells in self.cells.values() for rows in cells.values()
                 for row in rows if row['round'] >= 0 and 'foreign' in row]
        return (statistics.median(parts), max(parts)) if parts else None
