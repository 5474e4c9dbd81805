"""
A long line between two TUN devices: wire.py NAME-A NAME-B DELAY-MS BITS-PER-SECOND QUEUE-BYTES

Every packet that comes in by one device goes out by the other DELAY-MS later. With a rate (0 for none), packets leave
one after the other as fast as it allows; those for which QUEUE-BYTES are waiting already are dropped, as by any router.
Two system calls for a packet and no copy: fast enough for a gigabit of packets of 9,000 bytes. A kernel with `netem`
would do the same; many have none.
"""
import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
AT_ONCE = 64


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


class Direction:
    def __init__(self, source, target, delay, rate, room):
        self.source, self.target, self.delay, self.rate, self.room = source, target, delay, rate, room
        self.flying = collections.deque()
        self.free_at = 0.0

    def read(self, now):
        for _ in range(AT_ONCE):
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            begins = max(now, self.free_at)
            if self.rate > 0:
                if (begins - now) * self.rate / 8 > self.room:
                    continue
                self.free_at = begins + len(packet) * 8 / self.rate
            self.flying.append((max(begins, self.free_at) + self.delay, packet))

    def write(self, now):
        while self.flying and self.flying[0][0] <= now:
            try:
                os.write(self.target, self.flying.popleft()[1])
            except OSError:
                pass  # The device is down, or is full: the packet is lost, as on any line.


names, (delay, rate, room) = sys.argv[1:3], map(float, sys.argv[3:6])
ends = [open_tun(name) for name in names]
ways = [Direction(*pair, delay / 1000, rate, room) for pair in (ends, ends[::-1])]
print("ready", flush=True)
while True:
    now = time.monotonic()
    due = min((way.flying[0][0] for way in ways if way.flying), default=now + 1)
    readable, _, _ = select.select(ends, [], [], max(0, due - now))
    now = time.monotonic()
    for way in ways:
        if way.source in readable:
            way.read(now)
        way.write(now)
