"""Writes the map of Interactive Tools with the very statements of Galaxy.

As a program: tools-map.py MAP [19.09|24.2|json]; takes one JSON list a line, a method's name and its arguments, and
answers each with a line when that method has returned: true, or the error's text.
"""
import json
import sqlite3
import sys

from importlib.machinery import SourceFileLoader
from os.path import dirname, join

galaxy = SourceFileLoader("galaxy_map", join(dirname(__file__), "galaxy-map.py")).load_module()

KEY_TYPE = "interactivetoolentrypoint"
OLD_TABLE = "CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port integer, info text, PRIMARY KEY (key, key_type))"
NEW_TABLE = (
    "CREATE TABLE gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, token VARCHAR(32), host TEXT,"
    " port INTEGER, info TEXT, PRIMARY KEY (key, key_type))"
)


class NoLock:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class ToolsMap:
    def __init__(self, path, era="24.2"):
        self.path = path
        self.era = era
        self.held = None

    def _commit(self, *statements, makes_table=True):
        # From 24.2 on SQLAlchemy writes, in one transaction and without Galaxy's lock.
        is_old = self.era == "19.09"
        with galaxy.FileLock(self.path) if is_old else NoLock():
            connection = sqlite3.connect(self.path, isolation_level="DEFERRED" if is_old else None)
            try:
                cursor = connection.cursor()
                if not is_old:
                    cursor.execute("BEGIN")
                try:
                    if makes_table:
                        cursor.execute(OLD_TABLE if is_old else NEW_TABLE)
                except sqlite3.OperationalError as error:
                    if "already exists" not in str(error):
                        raise
                for sql, values in statements:
                    cursor.execute(sql, values)
                connection.commit()
            finally:
                connection.close()

    def put(self, key, token, host, port, info=None, key_type=KEY_TYPE):
        self._commit(
            ("DELETE FROM gxitproxy WHERE key=? AND key_type=?", (key, key_type)),
            (
                "INSERT INTO gxitproxy (key, key_type, token, host, port, info) VALUES (?, ?, ?, ?, ?, ?)",
                (key, key_type, token, host, port, info),
            ),
        )

    def remove(self, key, key_type=KEY_TYPE):
        self._commit(("DELETE FROM gxitproxy WHERE key=? AND key_type=?", (key, key_type)), makes_table=False)

    def sql(self, *statements):
        """Each statement committed by itself."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        finally:
            connection.close()

    def lock(self):
        """Holds SQLite's EXCLUSIVE lock until unlock."""
        self.held = sqlite3.connect(self.path, isolation_level=None)
        self.held.execute("BEGIN EXCLUSIVE")

    def unlock(self):
        self.held.execute("COMMIT")
        self.held.close()


class JsonToolsMap:
    """As gx-it-proxy documents it, with a token: Galaxy itself never writes it."""

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
        if token is not None:
            row["token"] = token
        self._write(lambda entries: entries.update({key: row}))

    def remove(self, key):
        self._write(lambda entries: entries.pop(key))


def main():
    path, *era = sys.argv[1:]
    tools = ToolsMap(path, *era) if path.endswith(".sqlite") else JsonToolsMap(path)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            getattr(tools, name)(*arguments)
            answer = True
        except Exception as error:
            answer = repr(error)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
