"""gradio_app.py PORT PUBLIC-BASE"""
import hashlib
import os
import sys
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr

with gr.Blocks(analytics_enabled=False) as page:
    slider = gr.Slider(0, 100, 50, step=1, label="Slider")
    moved = gr.Markdown("moved to 50")
    slider.change(lambda value: f"moved to {value}", slider, moved)
    file = gr.File(label="File")
    received = gr.Markdown()
    given = gr.DownloadButton("Download")

    def take(path):
        return f"received {hashlib.sha256(Path(path).read_bytes()).hexdigest()}", path

    file.upload(take, file, [received, given])

port, public = sys.argv[1:]
page.launch(server_name="127.0.0.1", server_port=int(port), root_path=public.rstrip("/"), inbrowser=False, quiet=True)
