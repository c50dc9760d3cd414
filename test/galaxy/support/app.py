"""The program in the containers of the lab's tools: python3 app.py [--wait] PORT...

With --wait it listens only after the file /tmp/go has been made.

GET .../page       a page that opens a WebSocket next to itself and shows what comes back
GET .../stream     an event each quarter of a second until the client goes
GET .../streams    how many streams are open and how many have ended
GET .../exit/N     answers, then ends the program with status N
an upgrade         the first message is the request as seen here, then every message comes back
anything else      the request as seen here, in JSON
"""

import base64
import hashlib
import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><meta charset="utf-8"><title>Tool of the lab</title>
<h1>Tool of %s</h1><p id="came">waiting</p>
<form><input name="text"><button>Send</button></form><ol></ol>
<script>
const address = new URL("socket", location.href);
address.protocol = address.protocol.replace("http", "ws");
const channel = new WebSocket(address);
const came = document.getElementById("came");
let first = true;
channel.onmessage = ({ data }) => {
	if (first) came.textContent = "connected";
	else document.querySelector("ol").append(Object.assign(document.createElement("li"), { textContent: data }));
	first = false;
};
channel.onclose = ({ code }) => { came.textContent = "closed with " + code; };
document.forms[0].onsubmit = (event) => {
	event.preventDefault();
	channel.send(event.target.text.value);
};
</script>
"""
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
streams = {"open": 0, "ended": 0}
counting = threading.Lock()


def count(name, by):
    with counting:
        streams[name] += by


class Tool(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A whole answer is one write: a container that is killed sends all of it or nothing.
    wbufsize = -1

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        way = self.path.split("?")[0].rstrip("/").split("/")
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.echo()
        elif way[-1] == "page":
            self.answer(PAGE % os.environ.get("EMAIL", "nobody"), "text/html")
        elif way[-1] == "stream":
            self.stream()
        elif way[-1] == "streams":
            self.answer(json.dumps(streams))
        elif way[-2:-1] == ["exit"]:
            self.answer('"ends"')
            self.wfile.flush()
            os._exit(int(way[-1]))
        else:
            self.answer(self.seen())

    do_POST = do_PUT = do_DELETE = do_GET

    def seen(self):
        names = ("EP_PATH", "EMAIL", "HOSTNAME")
        return json.dumps({
            "method": self.command,
            "path": self.path,
            "headers": self.headers.items(),
            "port": self.server.server_address[1],
            "environment": {name: os.environ.get(name) for name in names},
        })

    def answer(self, text, kind="application/json"):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        count("open", 1)
        try:
            while True:
                self.wfile.write(b"data: still here\n\n")
                self.wfile.flush()
                time.sleep(0.25)
        except OSError:
            pass
        finally:
            count("open", -1)
            count("ended", 1)

    def echo(self):
        self.close_connection = True
        key = self.headers["Sec-WebSocket-Key"].encode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.end_headers()
        self.wfile.flush()
        self.send_frame(1, self.seen().encode())
        while True:
            try:
                kind, content = self.frame()
            except (EOFError, OSError):
                return
            self.send_frame(10 if kind == 9 else kind, content)
            if kind == 8:
                return

    def frame(self):
        """One message of a client, which is always masked and in one frame."""
        first, second = self.exactly(2)
        length = second & 127
        if length == 126:
            length = int.from_bytes(self.exactly(2), "big")
        elif length == 127:
            length = int.from_bytes(self.exactly(8), "big")
        mask = self.exactly(4)
        masked = self.exactly(length)
        return first & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))

    def exactly(self, length):
        got = self.rfile.read(length)
        if len(got) < length:
            raise EOFError
        return got

    def send_frame(self, kind, content):
        length = len(content)
        size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big")
        self.wfile.write(bytes([128 | kind]) + size + content)
        self.wfile.flush()

    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN


if sys.argv[1] == "--wait":
    del sys.argv[1]
    while not os.path.exists("/tmp/go"):
        time.sleep(0.05)
servers = [Server(("0.0.0.0", int(port)), Tool) for port in sys.argv[1:]]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
