"""trame_app.py PORT"""
import sys

from trame.app import get_server
from trame.ui.vuetify3 import SinglePageLayout
from trame.widgets import vuetify3

server = get_server()
state = server.state
state.value = 50
state.moved = "moved to 50"


@state.change("value")
def on_value(value, **_):
    state.moved = f"moved to {int(value)}"


with SinglePageLayout(server) as layout:
    with layout.content:
        vuetify3.VSlider(v_model=("value", 50), min=0, max=100, step=1)
        vuetify3.VLabel("{{ moved }}")

server.start(host="127.0.0.1", port=int(sys.argv[1]), open_browser=False, show_connection_info=False)
