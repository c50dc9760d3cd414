import hashlib
from pathlib import Path

from shiny import App, render, ui

page = ui.page_fluid(
    ui.input_slider("slider", "Slider", 0, 100, 50),
    ui.output_text("moved"),
    ui.input_file("file", "File"),
    ui.output_text("received"),
    ui.download_button("download", "Download"),
)


def server(input, output, session):
    def sample():
        return Path(input.file()[0]["datapath"]).read_bytes()

    @render.text
    def moved():
        return f"moved to {input.slider()}"

    @render.text
    def received():
        return f"received {hashlib.sha256(sample()).hexdigest()}" if input.file() else ""

    @render.download(filename="sample.bin")
    def download():
        yield sample()


app = App(page, server)
