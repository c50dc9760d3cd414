"""nicegui_app.py PORT"""
import hashlib
import sys

from nicegui import ui


@ui.page("/")
def page():
    moved = ui.label("moved to 50")
    ui.slider(min=0, max=100, value=50, on_change=lambda event: moved.set_text(f"moved to {event.value}"))
    received = ui.label()
    given = {}

    async def take(event):
        given["data"] = await event.file.read()
        received.set_text(f"received {hashlib.sha256(given['data']).hexdigest()}")

    ui.upload(auto_upload=True, on_upload=take)
    ui.button("Download", on_click=lambda: ui.download(given["data"], "sample.bin"))


ui.run(host="127.0.0.1", port=int(sys.argv[1]), show=False, reload=False, reconnect_timeout=60)
