import hashlib

import streamlit as st

st.write(f"moved to {st.slider('Slider', 0, 100, 50)}")
sample = st.file_uploader("File")
if sample is not None:
    data = sample.getvalue()
    st.write(f"received {hashlib.sha256(data).hexdigest()}")
    st.download_button("Download", data, "sample.bin")
