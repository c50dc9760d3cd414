import hashlib
import io

import panel as pn

pn.extension()
slider = pn.widgets.IntSlider(name="Slider", start=0, end=100, value=50)
file = pn.widgets.FileInput()
moved = pn.bind(lambda value: f"moved to {value}", slider)
received = pn.bind(lambda data: f"received {hashlib.sha256(data).hexdigest()}" if data else "", file)
download = pn.widgets.FileDownload(callback=lambda: io.BytesIO(file.value), filename="sample.bin", label="Download")
pn.Column(slider, moved, file, received, download).servable()
