"""Writes the table of Interactive Tools in a database with the very calls that Galaxy 24.2 and later make.

As a program: galaxy-postgres.py URL; takes one JSON list a line, a method's name and its arguments, and answers each with a
line when that method has returned: true, or the error's text.
"""
import json
import sys

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, create_engine, delete, insert, text

KEY_TYPE = "interactivetoolentrypoint"

gxitproxy = Table(
    "gxitproxy",
    MetaData(),
    Column("key", String(16), primary_key=True),
    Column("key_type", Text(), primary_key=True),
    Column("token", String(32)),
    Column("host", Text()),
    Column("port", Integer()),
    Column("info", Text()),
)


def row_of(key, key_type):
    return gxitproxy.c.key == key, gxitproxy.c.key_type == key_type


class DatabaseMap:
    def __init__(self, url):
        # Unlike Galaxy's, the pool looks whether a connection is still open: the tests restart the server.
        self.engine = create_engine(url, future=True, pool_pre_ping=True)
        self.held = None

    def put(self, key, token, host, port, info=None, key_type=KEY_TYPE):
        """info: None, or a text as it is written, or what becomes JSON."""
        written = info if info is None or isinstance(info, str) else json.dumps(info)
        values = dict(key=key, key_type=key_type, token=token, host=host, port=port, info=written)
        with self.engine.connect() as connection:
            gxitproxy.create(connection, checkfirst=True)
            connection.execute(delete(gxitproxy).where(*row_of(key, key_type)))
            connection.execute(insert(gxitproxy).values(**values))
            connection.commit()

    def remove(self, key, key_type=KEY_TYPE):
        with self.engine.connect() as connection:
            connection.execute(delete(gxitproxy).where(*row_of(key, key_type)))
            connection.commit()

    def sql(self, *statements):
        """Each statement committed by itself."""
        for statement in statements:
            with self.engine.connect() as connection:
                connection.execute(text(statement))
                connection.commit()

    def sqlAlone(self, *statements):
        """Statements that no transaction may contain."""
        alone = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with alone as connection:
            for statement in statements:
                connection.execute(text(statement))

    def lock(self):
        """Holds the strongest lock until unlock."""
        self.held = self.engine.connect()
        self.held.execute(text("LOCK TABLE gxitproxy IN ACCESS EXCLUSIVE MODE"))

    def unlock(self):
        self.held.rollback()
        self.held.close()

    def hold(self, *statements):
        """Statements in a transaction that stays open until finish."""
        self.held = self.engine.connect()
        for statement in statements:
            self.held.execute(text(statement))

    def finish(self):
        self.held.commit()
        self.held.close()


def main():
    session_map = DatabaseMap(sys.argv[1])
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
