# Writes the rows on standard input to a session map in one commit, in place of all that are in it:
#   python3 routes.py MAP [tools]
import json
import sqlite3
import sys

path, kind = sys.argv[1:3]
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
if kind == "tools":
    connection.execute(
        "CREATE TABLE IF NOT EXISTS gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, token VARCHAR(32), host TEXT, port INTEGER, info TEXT, PRIMARY KEY (key, key_type))"
    )
    connection.execute("DELETE FROM gxitproxy")
else:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)"
    )
    connection.execute("DELETE FROM gxproxy2")
for row in json.load(sys.stdin):
    if kind == "tools":
        info = None if row["info"] is None else json.dumps(row["info"])
        connection.execute(
            "INSERT INTO gxitproxy VALUES (?, 'interactivetoolentrypoint', ?, ?, ?, ?)",
            (row["key"], row["token"], row["host"], row["port"], info),
        )
    else:
        host = row["host"]
        connection.execute(
            "INSERT INTO gxproxy2 VALUES (?, ?, ?, ?, NULL)",
            (row["key"], host or "localhost", row["port"] or -80, json.dumps(["gie_1"])),
        )
connection.execute("COMMIT")
connection.close()
