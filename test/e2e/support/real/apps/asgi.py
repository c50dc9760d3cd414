"""An ASGI application, for uvicorn."""


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await echo_socket(receive, send)
    elif scope["path"] == "/empty":
        await answer(send, 204)
    elif scope["path"] == "/echo":
        await answer(send, 200, await read(receive))
    elif scope["path"] == "/unread":
        await answer(send, 200, b"unread")
    elif scope["path"] == "/refuse":
        await answer(send, 413, b"too large")
    else:
        with open(scope["path"].lstrip("/"), "rb") as file:
            await answer(send, 200, file.read())


async def answer(send, status, body=b""):
    headers = [] if status == 204 else [(b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read(receive):
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def echo_socket(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        kind = "text" if message.get("text") is not None else "bytes"
        await send({"type": "websocket.send", kind: message[kind]})
