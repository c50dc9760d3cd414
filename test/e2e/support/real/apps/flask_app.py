"""A Flask application, for Flask's own server and for gunicorn."""

import os

from flask import Flask, request, send_from_directory

app = Flask(__name__, static_folder=None)


@app.get("/<path:name>")
def file(name):
    return send_from_directory(os.getcwd(), name)


@app.get("/empty")
def empty():
    return "", 204


@app.post("/echo")
def echo():
    return request.get_data()


@app.post("/unread")
def unread():
    return "unread"


@app.post("/refuse")
def refuse():
    return "too large", 413
