"""Hostile connections for T9: half a header or body, a dripped header or body, an answer that nobody reads.

usage: attack.py PORT COUNT SECONDS, a token on standard input; prints "attacking", at the end how long they lived
"""

import json
import selectors
import socket
import sys
import time

KINDS = ["half a header", "dripped header", "half a body", "dripped body", "unread answer"]
port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
token = sys.stdin.readline().strip()
head = (
    f"POST /v1/work-orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    'Idempotency-Key: "slow-body-0123456789"\r\nContent-Length: 100000\r\n\r\n'
).encode()
start = {
    "half a header": head[:40],
    "dripped header": head[:40],
    "half a body": head + b'{"summary": "',
    "dripped body": head + b'{"summary": "',
    # More than the buffers of both ends hold.
    "unread answer": b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 40,
}

selector = selectors.DefaultSelector()
alive = {kind: 0 for kind in KINDS}
longest = {kind: 0.0 for kind in KINDS}
unread = []
for number in range(count):
    kind = KINDS[number % len(KINDS)]
    connection = socket.socket()
    if kind == "unread answer":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    # Many addresses, as from many machines.
    connection.bind((f"127.0.{1 + number % 200}.1", 0))
    connection.connect(("127.0.0.1", port))
    connection.setblocking(False)
    try:
        connection.send(start[kind])
    except OSError:
        pass
    alive[kind] += 1
    if kind == "unread answer":
        unread.append((connection, time.monotonic()))
    else:
        selector.register(connection, selectors.EVENT_READ, (kind, time.monotonic()))
print("attacking", flush=True)


def count_out(connection, kind, began):
    alive[kind] -= 1
    longest[kind] = max(longest[kind], time.monotonic() - began)
    connection.close()


def gone(connection, kind, began):
    selector.unregister(connection)
    count_out(connection, kind, began)


def is_established(connection):
    """Who does not read is not told of the end; the kernel knows."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1


end = time.monotonic() + seconds
next_drip = time.monotonic() + 1
while time.monotonic() < end:
    for key, _ in selector.select(0.2):
        try:
            if not key.fileobj.recv(65536):
                gone(key.fileobj, *key.data)
        except BlockingIOError:
            pass
        except OSError:
            gone(key.fileobj, *key.data)
    if time.monotonic() >= next_drip:
        next_drip += 1
        for one in [one for one in unread if not is_established(one[0])]:
            unread.remove(one)
            count_out(one[0], "unread answer", one[1])
        for key in list(selector.get_map().values()):
            if key.data[0].startswith("dripped"):
                try:
                    key.fileobj.send(b"a")
                except BlockingIOError:
                    pass
                except OSError:
                    gone(key.fileobj, *key.data)
print(json.dumps({"alive": alive, "longest": longest}))
