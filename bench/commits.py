"""Commits to the session map, each followed at once by its session's first request: how long it took, and how long the event loop stalled."""

import http.client
import time

import rig
from backends import add_rows, drop_row, session_key

# At most as many as fit into a minute: some proxies reload for ten seconds after each.
COMMITS, COMMIT_SECONDS = 20, 60
# Seconds between two commits, so that watchers that wait for a pause get one.
REST = 0.3
# Repetitions of each change, because the machine's own stalls occur at random and the cost of a change each time.
REPEATS, REPEAT_REST = 5, 0.06
PATIENCE = 180


def times(client, delay, begin):
    """After each begin(number): the ms until that session is routed, how often it was not, the longest stall until the next."""
    took, refused, stalls, end = [], [], [], time.time() + COMMIT_SECONDS
    for number in range(COMMITS):
        delay.longest(client.proxy)
        key = begin(number)
        begun = time.time()
        refused.append(client.until_routed(key))
        took.append((time.time() - begun) * 1000)
        time.sleep(REST)
        stalls.append(delay.longest(client.proxy))
        if time.time() > end:
            break
    return took, refused, stalls


def least_stalls(client, delay, database):
    """Of each of COMMITS sessions, which come and go REPEATS times, the shortest of the longest stalls, ms."""
    port, least = client.proxy.backends.ports['web'][0], []
    for number in range(COMMITS):
        key, stalls = session_key('again', number), []
        for _ in range(REPEATS):
            delay.longest(client.proxy)
            add_rows(database, [(key, port)])
            database.commit()
            client.until_routed(key)
            time.sleep(REPEAT_REST)
            stalls.append(delay.longest(client.proxy))
            drop_row(database, key)
            database.commit()
            time.sleep(REPEAT_REST)
        least.append(min(stalls))
    return least


class Client:
    """One connection, dialled again when it is closed."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.connection = http.client.HTTPConnection(rig.LOOPBACK, proxy.port, timeout=PATIENCE)

    def until_routed(self, key):
        """Asks until the container answers; returns how often it did not."""
        host = self.proxy.host % key if '%s' in self.proxy.host else self.proxy.host
        end, refused = time.time() + PATIENCE, 0
        while time.time() < end:
            try:
                self.connection.request('GET', '/s', headers={'Host': host, 'Cookie': f'galaxysession={key}'})
                answer = self.connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return refused
            except (OSError, http.client.HTTPException):
                self.connection.close()
            refused += 1
            time.sleep(0.001)
        raise SystemExit(f'{self.proxy.name}: a session was not routed within {PATIENCE} s')
