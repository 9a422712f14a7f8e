"""T7: SIGTERM under load: what took effect was answered, and the end comes within 10 s (quality R13)."""

import signal
import socket
import threading
import time

from machinery import Failed, Server, Writers, pick, say

WRITERS = 32


class Nuisances:
    """Clients that keep connections busy for ever: idle, half a header or body, a dripped header or body."""

    def __init__(self, port, token, count):
        self.stopping = threading.Event()
        self.sockets = []
        head = (
            f"POST /v1/work-orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            'Content-Type: application/json\r\nIdempotency-Key: "half-a-body-0123456789"\r\n'
            "Content-Length: 1000\r\n\r\n"
        ).encode()
        kinds = [b"", head[:40], head[:40], head + b'{"summary"', head + b'{"summary"']
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(kinds[number % len(kinds)])
            self.sockets.append((connection, number % len(kinds) in (2, 4)))
        self.thread = threading.Thread(target=self.drip)
        self.thread.start()

    def drip(self):
        while not self.stopping.wait(0.5):
            for connection, drips in self.sockets:
                if drips:
                    try:
                        connection.send(b"a")
                    except OSError:
                        pass

    def end(self):
        self.stopping.set()
        self.thread.join()
        for connection, _ in self.sockets:
            connection.close()


def stop_under_load(world, group, how):
    """Answers: the writers, exit status, seconds to the end, whether readiness fell before the door was shut."""
    server = Server(world.product)
    nuisances = Nuisances(server.port, world.product.tokens["SY001"], 25)
    writers = Writers(world, server.port, group, WRITERS)
    statuses = []
    try:
        time.sleep(1.5)
        started = time.monotonic()
        server.process.send_signal(how)
        while server.process.poll() is None:
            statuses.append(server.readiness())
            if time.monotonic() - started > 20:
                raise Failed("20 s after the signal the process is still there")
            time.sleep(0.02)
        seconds = time.monotonic() - started
    finally:
        writers.stopping.set()
        nuisances.end()
        writers.stop()
        server.end()
    return writers, server.process.returncode, seconds, 503 in statuses


def unanswered(world, writers, group):
    """Operations that happened although their caller got no 201."""
    answered = {operation.name for operation in writers.acknowledged}
    return [name for name in world.effects(group) if name not in answered]


def prove(world):
    slowest, total = 0.0, 0
    for number in range(pick(2, 30)):
        group = f"stop{number}"
        writers, status, seconds, fell = stop_under_load(world, group, signal.SIGTERM)
        slowest, total = max(slowest, seconds), total + len(writers.acknowledged)
        left = unanswered(world, writers, group)
        missing = len(writers.acknowledged) - len(world.effects(group)) + len(left)
        say(f"T7: stop {number + 1} after {seconds:.1f} s, {len(writers.acknowledged)} answered")
        if status != 0 or seconds > 10 or left or missing or not fell:
            raise Failed(
                f"exit status {status} after {seconds:.1f} s, {len(left)} effects unanswered, {missing} answers "
                f"without effect, readiness {'fell' if fell else 'never fell'}"
            )
        if not writers.acknowledged:
            raise Failed("nothing was written")
    return (
        f"{pick(2, 30)} stops with {WRITERS} writers and 25 clients that never finish: exit 0 within {slowest:.1f} s, "
        f"{total} writes, each that happened was answered"
    )


def control(world):
    """The same load and kill -9: some effect must go unanswered, or the count could not see it."""
    for number in range(10):
        group = f"kill{number}"
        writers, _, _, _ = stop_under_load(world, group, signal.SIGKILL)
        left = unanswered(world, writers, group)
        if left:
            return True, f"kill -9 instead: {len(left)} effects nobody was told of (try {number + 1})"
    return False, "10 times kill -9: every effect was answered"
