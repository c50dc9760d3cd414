"""Writes a session map with the very calls that Galaxy makes.

As a program: galaxy-map.py MAP [gxproxy2|gxproxy|v2|v1|gxitproxy|gxitproxy-19.09]; takes one JSON list a line, a method's name and its arguments,
and answers each with a line when that method has returned: true, or the error's text.
"""
import json
import os
import sqlite3
import sys
import time

TABLES = {
    "gxproxy2": "CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)",
    "gxproxy": "CREATE TABLE gxproxy (key text PRIMARY_KEY, secret text)",
}

# Seconds after which a writer gives up, as in Galaxy.
LOCK_SECONDS = 10


class FileLock:
    """Galaxy's lock: whoever makes the file holds it. Readers never look at it."""

    def __init__(self, path, delay=0.05):
        self.path = path + ".lock"
        self.delay = delay

    def __enter__(self):
        until = time.time() + LOCK_SECONDS
        while True:
            try:
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR))
                return self
            except FileExistsError:
                if time.time() >= until:
                    raise
                time.sleep(self.delay)

    def __exit__(self, *_):
        os.unlink(self.path)


class SqliteMap:
    def __init__(self, path, era="gxproxy2"):
        self.path = path
        self.era = era
        self.held = None

    def _commit(self, *statements):
        with FileLock(self.path):
            connection = sqlite3.connect(self.path)
            try:
                cursor = connection.cursor()
                try:
                    cursor.execute(TABLES[self.era])
                except sqlite3.OperationalError as error:
                    if "already exists" not in str(error):
                        raise
                for sql, values in statements:
                    cursor.execute(sql, values)
                connection.commit()
            finally:
                connection.close()

    def put(self, key, host, port, ids=("gie_1",)):
        if self.era == "gxproxy":
            # Before 17.05: values formatted into the text, nothing deleted.
            return self._commit(("INSERT INTO gxproxy (key, secret) VALUES ('%s:%s', '%s');" % (host, port, key), ()))
        return self._commit(
            ("DELETE FROM gxproxy2 WHERE key=?", (key,)),
            (
                "INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)",
                (key, host, port, None if ids is None else json.dumps(ids), None),
            ),
        )

    def update(self, key, host, port):
        self._commit(("UPDATE gxproxy2 SET host=?, port=? WHERE key=?", (host, port, key)))

    def remove(self, key):
        """Galaxy never does; admins do."""
        column = "secret" if self.era == "gxproxy" else "key"
        self._commit((f"DELETE FROM {self.era} WHERE {column}=?", (key,)))

    def sql(self, *statements):
        """Each statement committed by itself, without Galaxy's lock or table."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        finally:
            connection.close()

    def lock(self, *statements):
        """Commits the statements, and holds SQLite's EXCLUSIVE lock without a gap until unlock."""
        self.held = sqlite3.connect(self.path, isolation_level=None)
        if statements:
            # In WAL mode it would wait for the readers.
            self.held.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.held.execute("BEGIN EXCLUSIVE")
        for statement in statements:
            self.held.execute(statement)
        if statements:
            self.held.execute("COMMIT")
            self.held.execute("BEGIN EXCLUSIVE")

    def unlock(self):
        self.held.execute("COMMIT")
        self.held.close()

    def spill(self):
        """Begins a change so large that parts of it, and of the journal, are on the disk before the commit."""
        self.held = sqlite3.connect(self.path, isolation_level=None)
        self.held.execute("PRAGMA cache_size = 5")
        self.held.execute("BEGIN")
        self.held.execute("UPDATE gxproxy2 SET port = 1")
        rows = [("spill%06d" % n, "127.0.0.1", 1) for n in range(5000)]
        self.held.executemany("INSERT INTO gxproxy2 (key, host, port) VALUES (?, ?, ?)", rows)


class ToolMap(SqliteMap):
    """The table of Interactive Tools as Galaxy 24.2 and later write it: one transaction, without a lock file."""

    tables = {
        "gxitproxy": "CREATE TABLE IF NOT EXISTS gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, "
        "token VARCHAR(32), host TEXT, port INTEGER, info TEXT, PRIMARY KEY (key, key_type))",
        "gxitproxy-19.09": "CREATE TABLE IF NOT EXISTS gxitproxy (key text, key_type text, token text, host text, "
        "port integer, info text, PRIMARY KEY (key, key_type))",
    }

    def _commit(self, *statements):
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_SECONDS)
        try:
            connection.execute("BEGIN")
            connection.execute(self.tables[self.era])
            for sql, values in statements:
                connection.execute(sql, values)
            connection.execute("COMMIT")
        finally:
            connection.close()

    def put(self, key, token, host, port, info=None, key_type="interactivetoolentrypoint"):
        """info: None, or a text as it is written, or what becomes JSON."""
        text = info if info is None or isinstance(info, str) else json.dumps(info)
        self._commit(
            ("DELETE FROM gxitproxy WHERE key = ? AND key_type = ?", (key, key_type)),
            (
                "INSERT INTO gxitproxy (key, key_type, token, host, port, info) VALUES (?, ?, ?, ?, ?, ?)",
                (key, key_type, token, host, port, text),
            ),
        )

    def remove(self, key, key_type="interactivetoolentrypoint"):
        self._commit(("DELETE FROM gxitproxy WHERE key = ? AND key_type = ?", (key, key_type)))


class JsonMap:
    def __init__(self, path, era="v2"):
        self.path = path
        self.era = era

    def _write(self, change):
        with FileLock(self.path):
            try:
                with open(self.path) as map_file:
                    entries = json.load(map_file)
            except FileNotFoundError:
                entries = {}
            change(entries)
            # Truncated, then written: a reader may meet it empty or in half.
            with open(self.path, "w") as map_file:
                map_file.write(json.dumps(entries))

    def put(self, key, host, port, ids=("gie_1",)):
        if self.era == "v2":
            row = {"host": host, "port": port, "container_ids": ids, "container_interface": None}
            return self._write(lambda entries: entries.update({key: row}))

        def change(entries):
            for address in [address for address, secret in entries.items() if secret == key]:
                del entries[address]
            entries["%s:%s" % (host, port)] = key

        return self._write(change)

    def update(self, key, host, port):
        self._write(lambda entries: entries[key].update(host=host, port=port))

    def remove(self, key):
        def change(entries):
            for name in [name for name, value in entries.items() if key in (name, value)]:
                del entries[name]

        self._write(change)


class JsonToolMap:
    """As gx-it-proxy documents it, with a token. Galaxy itself never writes it."""

    def __init__(self, path):
        self.path = path

    def _write(self, change):
        try:
            with open(self.path) as map_file:
                entries = json.load(map_file)
        except FileNotFoundError:
            entries = {}
        change(entries)
        with open(self.path, "w") as map_file:
            map_file.write(json.dumps(entries))

    def put(self, key, token, host, port, info=None):
        row = {"host": host, "port": port, "info": info}
        self._write(lambda entries: entries.update({key: row if token is None else dict(row, token=token)}))

    def remove(self, key):
        self._write(lambda entries: entries.pop(key))


def open_map(path, *era):
    if era and era[0].startswith("gxitproxy"):
        return ToolMap(path, *era) if path.endswith(".sqlite") else JsonToolMap(path)
    return SqliteMap(path, *era) if path.endswith(".sqlite") else JsonMap(path, *era)


def main():
    session_map = open_map(*sys.argv[1:])
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            getattr(session_map, name)(*arguments)
            answer = True
        except Exception as error:
            answer = repr(error)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
