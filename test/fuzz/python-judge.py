# Reads what a container was sent as Python's own http.server does. In: a line of JSON (a latin1 string) for each
# connection. Out: a line of JSON, the requests [method, target, fields, body], and the status of a refusal or 0.
import io
import json
import sys
from http.server import BaseHTTPRequestHandler


class Judge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, data):
        self.rfile = io.BytesIO(data)
        self.wfile = io.BytesIO()
        self.client_address = ("127.0.0.1", 0)
        self.requests = []
        self.refusal = 0
        self.handle()

    def send_error(self, code, message=None, explain=None):
        self.refusal = self.refusal or int(code)
        self.close_connection = True

    def handle_expect_100(self):
        return True

    def __getattr__(self, name):
        # http.server looks for do_METHOD: here every method is served alike.
        if name.startswith("do_"):
            return self.record
        raise AttributeError(name)

    def record(self):
        fields = [[name, value] for name, value in self.headers.items()]
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = self.chunked()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append([self.command, self.path, fields, body.decode("latin1")])

    def chunked(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def log_message(self, *args):
        pass


for line in sys.stdin:
    judge = Judge(json.loads(line).encode("latin1"))
    print(json.dumps([judge.requests, judge.refusal]), flush=True)
