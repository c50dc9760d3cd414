import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    slider = mo.ui.slider(0, 100, value=50, label="Slider")
    slider
    return (mo, slider)


@app.cell
def _(mo, slider):
    mo.md(f"moved to {slider.value}")
    return


if __name__ == "__main__":
    app.run()
