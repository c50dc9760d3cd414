"""rstudio_like.py PORT: does what RStudio does with the header that names its public path.

Its cookie's path, its redirect and its page's links are built from X-RStudio-Root-Path; the WebSocket answers with the
header that the handshake brought.
"""
import sys

from tornado import ioloop, web, websocket

NAME = "X-RStudio-Root-Path"


class Page(web.RequestHandler):
    def get(self):
        root = self.request.headers.get(NAME, "")
        if not self.get_cookie("user-id"):
            self.set_cookie("user-id", "someone", path=root + "/")
            self.redirect(root + "/?signed-in")
            return
        self.write(f"<!doctype html><title>RStudio</title><p>root path {root}<p id=sent>")


class Values(web.RequestHandler):
    def get(self):
        self.write({"values": self.request.headers.get_list(NAME), "path": self.request.uri})


class Socket(websocket.WebSocketHandler):
    def open(self):
        self.write_message(",".join(self.request.headers.get_list(NAME)) + " " + str(self.get_cookie("user-id")))


web.Application([("/", Page), ("/values", Values), ("/socket", Socket)]).listen(int(sys.argv[1]), "127.0.0.1")
ioloop.IOLoop.current().start()
