"""Stands for a Galaxy process: launches the proxy, writes the session map and stops the proxy as Galaxy's own code does.

    galaxy.py MAP IP PORT MAIN_JS

Reads one JSON object a line, answers each with one JSON object a line, and ends with its input. Its standard error is
what Galaxy's standard output is to the proxy, which inherits it.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

SESSION_MAP, IP, PORT, MAIN_JS = sys.argv[1:]


class FileLock:
    """A lock by presence of a file, as in lib/galaxy/util/filelock.py. The proxy neither takes nor heeds it."""

    def __init__(self, path):
        self.path = path + ".lock"

    def __enter__(self):
        started = time.time()
        while True:
            try:
                self.descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
                return self
            except FileExistsError:
                if time.time() - started >= 10:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        os.close(self.descriptor)
        os.unlink(self.path)


class LazyProcess:
    """Started once, in a thread, never restarted; as in lib/galaxy/util/lazy_process.py."""

    def __init__(self, command):
        self.command = command
        self.process = None

    def start_process(self):
        self.thread = threading.Thread(target=self.start, daemon=True)
        self.thread.start()

    def start(self):
        self.process = subprocess.Popen(self.command, close_fds=True)

    def shutdown(self):
        self.process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
        killed = self.process.poll() is None
        if killed:
            self.process.kill()
        return {"killed": killed, "code": self.process.wait()}


def write(key, host, port, ids=("e2e",)):
    with FileLock(SESSION_MAP):
        connection = sqlite3.connect(SESSION_MAP)
        try:
            cursor = connection.cursor()
            try:
                cursor.execute(
                    "CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer,"
                    " container_ids text, container_interface text)"
                )
            except Exception:
                pass
            cursor.execute("DELETE FROM gxproxy2 WHERE key=?", (key,))
            cursor.execute(
                "INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)",
                (key, host, port, json.dumps(ids), None),
            )
            connection.commit()
        finally:
            connection.close()


def update(key, host, port):
    with FileLock(SESSION_MAP):
        connection = sqlite3.connect(SESSION_MAP)
        try:
            connection.execute("UPDATE gxproxy2 SET host=?, port=? WHERE key=?", (host, port, key))
            connection.commit()
        finally:
            connection.close()


proxy = LazyProcess(
    [MAIN_JS, "--sessions", SESSION_MAP, "--ip", IP, "--port", PORT, "--reverseProxy", "--verbose"]
)


def launch(key, host, port, **more):
    """One user's click: the proxy's thread starts first, the row is written meanwhile, nobody asks whether it listens."""
    proxy.start_process()
    write(key, host, port, **more)
    proxy.thread.join()
    return {"pid": proxy.process.pid}


answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
commands = {"launch": launch, "write": write, "update": update, "shutdown": proxy.shutdown}
for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = commands[call.pop("do")](**call) or {}
    except Exception as error:
        answer = {"error": repr(error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
if proxy.process and proxy.process.poll() is None:
    proxy.shutdown()
