"""dash_app.py PORT PUBLIC-BASE OWN-BASE"""
import base64
import hashlib
import sys

from dash import Dash, Input, Output, State, dcc, html

port, public, own = sys.argv[1:]
app = Dash(__name__, requests_pathname_prefix=public, routes_pathname_prefix=own)
app.layout = html.Div([
    dcc.Slider(0, 100, 1, value=50, id="slider"),
    html.Div(id="moved"),
    dcc.Upload(html.Button("Upload"), id="file", max_size=-1),
    html.Div(id="received"),
    html.Button("Download", id="download"),
    dcc.Download(id="given"),
])


def sample(contents):
    return base64.b64decode(contents.split(",")[1])


@app.callback(Output("moved", "children"), Input("slider", "value"))
def moved(value):
    return f"moved to {value}"


@app.callback(Output("received", "children"), Input("file", "contents"), prevent_initial_call=True)
def received(contents):
    return f"received {hashlib.sha256(sample(contents)).hexdigest()}"


@app.callback(Output("given", "data"), Input("download", "n_clicks"), State("file", "contents"), prevent_initial_call=True)
def download(_clicks, contents):
    return dcc.send_bytes(sample(contents), "sample.bin")


app.run(host="127.0.0.1", port=int(port))
