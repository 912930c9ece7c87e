"""aiortc's side of the data channel bench; what it says and hears stands in side.ts."""

import asyncio
import json
import sys
import time

import aiortc
import aiortc.rtcsctptransport

# 1 200 bytes of user data would make datagrams of 1 265.
aiortc.rtcsctptransport.USERDATA_MAX_LENGTH = 1132

SETTLE = 1.0
WINDOW = 2.0
WARM_UP_ROUND_TRIPS = 6000
ROUND_TRIPS = 1000

role, mode, message_bytes, high_water_bytes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
message = b"\x01" * message_bytes


def say(report):
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


def pour(channel):
    def fill():
        while channel.bufferedAmount < high_water_bytes:
            channel.send(message)

    channel.bufferedAmountLowThreshold = high_water_bytes // 4
    channel.on("bufferedamountlow", fill)
    fill()


def count(channel):
    loop = asyncio.get_running_loop()
    seen = {"messages": 0, "bytes": 0, "begun": False}

    def end(messages, size, since):
        ms = (time.monotonic() - since) * 1000
        say({"end": {"messages": seen["messages"] - messages, "bytes": seen["bytes"] - size, "ms": ms}})

    def begin():
        say({"begin": True})
        loop.call_later(WINDOW, end, seen["messages"], seen["bytes"], time.monotonic())

    @channel.on("message")
    def on_message(data):
        seen["messages"] += 1
        seen["bytes"] += len(data)
        if not seen["begun"]:
            seen["begun"] = True
            loop.call_later(SETTLE, begin)


def ping(channel):
    if role == "receive":
        channel.on("message", lambda data: channel.send(data))
        return
    times = []
    state = {"rounds": 0, "sent": 0.0}

    def next_one():
        state["sent"] = time.perf_counter()
        channel.send(message)

    @channel.on("message")
    def on_message(data):
        state["rounds"] += 1
        if state["rounds"] > WARM_UP_ROUND_TRIPS:
            times.append((time.perf_counter() - state["sent"]) * 1e6)
        if len(times) < ROUND_TRIPS:
            next_one()
            return
        times.sort()
        say({"roundTrips": {"p50": times[ROUND_TRIPS // 2], "p99": times[int(ROUND_TRIPS * 0.99)]}})

    next_one()


def run(channel):
    if mode == "ping":
        ping(channel)
    elif role == "send":
        pour(channel)
    else:
        count(channel)


async def main():
    begun = time.monotonic()
    connection = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))

    async def describe(description):
        await connection.setLocalDescription(description)
        local = connection.localDescription
        say({"signal": {"type": local.type, "sdp": local.sdp}})

    def use(channel):
        def opened():
            say({"open": (time.monotonic() - begun) * 1000})
            run(channel)

        if channel.readyState == "open":
            opened()
        else:
            channel.on("open", opened)

    if role == "send":
        use(connection.createDataChannel("bench"))
        await describe(await connection.createOffer())
    else:
        connection.on("datachannel", use)
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        signal = json.loads(line)["signal"]
        await connection.setRemoteDescription(aiortc.RTCSessionDescription(signal["sdp"], signal["type"]))
        if signal["type"] == "offer":
            await describe(await connection.createAnswer())


asyncio.run(main())
