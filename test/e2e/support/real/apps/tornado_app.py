"""A Tornado application. Argument: the port."""

import asyncio
import os
import sys

from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler, stream_request_body
from tornado.websocket import WebSocketHandler


class Echo(RequestHandler):
    def post(self):
        self.write(self.request.body)


class Unread(RequestHandler):
    def post(self):
        self.write("unread")


class Empty(RequestHandler):
    def get(self):
        self.set_status(204)


@stream_request_body
class Refuse(RequestHandler):
    def prepare(self):
        raise HTTPError(413)

    def data_received(self, chunk):
        pass


class EchoSocket(WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


async def main():
    routes = [("/echo", Echo), ("/unread", Unread), ("/empty", Empty), ("/refuse", Refuse), ("/socket", EchoSocket)]
    files = ("/(.*)", StaticFileHandler, {"path": os.getcwd()})
    Application([*routes, files]).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
