"""The functions of ExchangeSide for aiortc: what each does is said in interop/exchange/side.d.ts."""

import asyncio
import hashlib
import struct
import time

# After so many bytes the pseudo-random ones begin again; so far apart are messages in them.
BLOCK_BYTES = 65_537
STEP = 251

# Bytes in aiortc's queue that make a sender wait: it is fastest with few.
HIGH_WATER_BYTES = 65_536


def pattern(size, x):
    """Pseudo-random bytes that both sides can make: the low octets of xorshift32."""
    out = bytearray(size)
    for i in range(size):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        out[i] = x & 0xFF
    return bytes(out)


# Twice, so that every message is one piece of it.
BLOCK = pattern(BLOCK_BYTES, 7) * 2


def message(number, size):
    at = number * STEP % BLOCK_BYTES
    return struct.pack("!I", number) + BLOCK[at + 4 : at + size]


class Tracked:
    """A channel of either side's making, and what came by it."""

    def __init__(self, channel):
        self.channel = channel
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self.digest = hashlib.sha256()
        self.sizes = []
        self.numbers = []
        self.first_at = self.last_at = 0.0
        channel.on("open", self.opened.set)
        channel.on("close", self.closed.set)
        if channel.readyState == "open":
            self.opened.set()

    def take(self, message):
        self.last_at = time.monotonic()
        if not self.sizes:
            self.first_at = self.last_at
        self.sizes.append(len(message))
        self.numbers.append(struct.unpack_from("!I", message)[0])
        self.digest.update(message)

    def report(self, numbers):
        return {
            "messages": len(self.sizes),
            "bytes": sum(self.sizes),
            "shortest": min(self.sizes, default=0),
            "longest": max(self.sizes, default=0),
            "seconds": self.last_at - self.first_at,
            "sha256": self.digest.hexdigest(),
            "numbers": self.numbers if numbers else [],
        }


class Exchange:
    """The channels of one connection, by label."""

    def __init__(self, connection):
        self.connection = connection
        self.channels = {}

    def track(self, channel):
        tracked = self.channels[channel.label] = Tracked(channel)
        return tracked

    def adopt(self, channel):
        """Takes in what comes by a channel of the other side."""
        channel.on("message", self.track(channel).take)

    async def openChannels(self, args):
        options = args["options"]
        opening = [self.track(self.connection.createDataChannel(label, **options)) for label in args["labels"]]
        for tracked in opening:
            await tracked.opened.wait()
        return [tracked.channel.id for tracked in opening]

    async def sendMessages(self, args):
        for number in range(args["count"]):
            for label in args["labels"]:
                channel = self.channels[label].channel
                while args["bounded"] and channel.bufferedAmount > HIGH_WATER_BYTES and channel.readyState == "open":
                    await asyncio.sleep(0.001)
                if channel.readyState != "open":
                    return {"sent": number, "stopped": channel.readyState}
                channel.send(message(number, args["bytes"]))
            if args["paceMs"] > 0:
                await asyncio.sleep(args["paceMs"] / 1000)
        return {"sent": args["count"], "stopped": ""}

    async def progress(self, args):
        found = [tracked for label, tracked in self.channels.items() if label.startswith(args["prefix"])]
        return {
            "channels": len(found),
            "closed": sum(tracked.closed.is_set() for tracked in found),
            "messages": sum(len(tracked.sizes) for tracked in found),
        }

    async def taken(self, args):
        return self.channels[args["label"]].report(args["numbers"])

    async def closeChannels(self, args):
        closing = [self.channels[label] for label in args["labels"]]
        for tracked in closing:
            tracked.channel.close()
        for tracked in closing:
            await tracked.closed.wait()
