"""One aiortc peer connection that is called by JSON-RPC 2.0, one message a line on standard input and output."""

import asyncio
import hashlib
import json
import os
import sys
import time

import aiortc
from exchange import Exchange, pattern

HIGH_WATER_BYTES = 500_000


def adopt(channel):
    """Echoes a channel of the other side, or takes its bytes in until a text says that was all."""
    if not channel.label.startswith("sink"):
        channel.on("message", channel.send)
        return
    digest = hashlib.sha256()
    taken = 0

    @channel.on("message")
    def on_message(message):
        nonlocal taken
        if isinstance(message, str):
            channel.send(json.dumps({"bytes": taken, "sha256": digest.hexdigest()}))
        else:
            digest.update(message)
            taken += len(message)


class Side:
    """The functions that the run calls on aiortc's side."""

    connection = None
    exchange = None

    async def create(self, args):
        self.connection = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.exchange = Exchange(self.connection)

        @self.connection.on("datachannel")
        def on_datachannel(channel):
            if channel.label.startswith("take"):
                self.exchange.adopt(channel)
            else:
                adopt(channel)

    async def offer(self, args):
        self.connection.createDataChannel("first")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp):
        await self.connection.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def acceptAnswer(self, sdp):
        await self.connection.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "answer"))

    async def connected(self, args):
        changed = asyncio.Event()
        self.connection.on("connectionstatechange", changed.set)
        while self.connection.connectionState != "connected":
            if self.connection.connectionState in ("failed", "closed"):
                raise RuntimeError("the connection failed")
            await changed.wait()
            changed.clear()

    async def echo(self, args):
        channel, messages = await self.open(args["label"])
        compared = 0
        for size in args["sizes"]:
            for message in (pattern(size, size + 1), "ü" * (size >> 1)):
                channel.send(message)
                if await messages.get() != message:
                    return {"ok": False, "compared": compared}
                compared += 1
        channel.close()
        return {"ok": True, "compared": compared}

    async def transfer(self, args):
        channel, messages = await self.open(args["label"])
        whole = pattern(args["bytes"], 7)
        started = time.monotonic()
        for at in range(0, len(whole), args["messageBytes"]):
            while channel.bufferedAmount > HIGH_WATER_BYTES:
                await asyncio.sleep(0.001)
            channel.send(whole[at : at + args["messageBytes"]])
        channel.send("end")
        report = json.loads(await messages.get())
        same = report == {"bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
        return {"ok": same, "seconds": time.monotonic() - started, "bytes": report["bytes"]}

    async def close(self, args=None):
        if self.connection is not None:
            await self.connection.close()

    async def open(self, label):
        channel = self.connection.createDataChannel(label)
        messages = asyncio.Queue()
        opened = asyncio.Event()
        channel.on("message", messages.put_nowait)
        channel.on("open", opened.set)
        if channel.readyState != "open":
            await asyncio.wait_for(opened.wait(), 10)
        return channel, messages


async def answer(side, call):
    """Runs one call and writes its answer."""
    params = call.get("params")
    reply = {"jsonrpc": "2.0", "id": call["id"]}
    try:
        if call["method"] == "launch":
            reply["result"] = {"version": aiortc.__version__}
        elif call["method"] == "peer":
            owner = side if hasattr(side, params["name"]) else side.exchange
            reply["result"] = await getattr(owner, params["name"])(params["args"])
        else:
            reply["result"] = await side.close()
    except Exception as error:  # whatever went wrong, the caller is told
        reply["error"] = {"code": -32000, "message": str(error) or repr(error)}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
    if call["method"] == "exit":
        os._exit(0)


async def main():
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    side = Side()
    calls = set()
    while line := await reader.readline():
        call = asyncio.ensure_future(answer(side, json.loads(line)))
        calls.add(call)
        call.add_done_callback(calls.discard)


asyncio.run(main())
