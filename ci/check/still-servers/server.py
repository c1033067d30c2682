"""Servers in which nothing moves after a client's byte: for ever, or for a while. MODE as in still_subject.c."""
import asyncio
import socket
import sys
import threading
import time

host, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def serve(conn):
    if mode == "recv":
        conn.recv(1)
        conn.recv(1)
    elif mode == "send":
        conn.sendall(bytes(50_000_000))
    elif mode == "thread":
        never = threading.Event()
        conn.recv(1)
        worker = threading.Thread(target=never.wait)
        worker.start()
        worker.join()
    elif mode == "sleep":
        conn.recv(1)
        time.sleep(1.5)
        conn.sendall(b"y")
    elif mode == "timeout":
        conn.recv(1)
        conn.settimeout(1.5)
        try:
            conn.recv(1)
        except TimeoutError:
            conn.sendall(b"y")


async def talk(reader, writer):
    await reader.readexactly(1)
    if mode == "asyncio":
        await reader.readexactly(1)
    await asyncio.sleep(1.5)
    writer.write(b"y")
    await writer.drain()


async def loop():
    server = await asyncio.start_server(talk, host, port)
    await server.serve_forever()


if mode.startswith("asyncio"):
    asyncio.run(loop())
else:
    with socket.create_server((host, port)) as listener:
        while True:
            serve(listener.accept()[0])
