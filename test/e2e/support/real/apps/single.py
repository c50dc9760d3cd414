"""A program on Python's HTTPServer: HTTP/1.1, one connection at a time. Argument: the port."""

import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/empty":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def do_POST(self):
        if self.path == "/echo":
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))
        elif self.path == "/refuse":
            self.send_error(413)
        else:
            self.answer(b"unread")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
