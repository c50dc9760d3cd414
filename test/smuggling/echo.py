"""A container on Python's http.server: prints its port, then every request as it understood it."""
import http.server
import json


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self):
        body = self.chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.sized()
        fields = {name: self.headers.get(field, "") for name, field in (("host", "Host"), ("field", "X-T"))}
        tell(method=self.command, target=self.path, body=body.decode("latin1"), **fields)
        text = self.path.encode("latin1")
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def sized(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def send_error(self, code, message=None, explain=None):
        tell(refused=int(code))
        super().send_error(code, message, explain)

    def end_headers(self):
        self.send_header("X-Container", "1")
        super().end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A malformed body, or a peer that left: no request."""


with Server(("127.0.0.1", 0), Handler) as server:
    tell(port=server.server_port)
    server.serve_forever()
