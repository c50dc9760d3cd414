import base64
import hashlib

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Button, CustomJS, Div, FileInput, Slider

slider = Slider(start=0, end=100, value=50, title="Slider")
moved = Div(text="moved to 50")
slider.on_change("value", lambda attr, old, new: moved.update(text=f"moved to {slider.value}"))

file = FileInput()
received = Div()
download = Button(label="Download")
download.js_on_click(CustomJS(args={"file": file}, code="""
    const link = document.createElement("a");
    link.href = "data:application/octet-stream;base64," + file.value;
    link.download = "sample.bin";
    link.click();
"""))


def hash_of(_attr, _old, _new):
    digest = hashlib.sha256(base64.b64decode(file.value)).hexdigest()
    received.text = f"received {digest}"


file.on_change("value", hash_of)
curdoc().add_root(column(slider, moved, file, received, download))
