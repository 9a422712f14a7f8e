"""A TCP proxy that harms connections: cuts before the request, within it, before and within the answer, and delays."""

import collections
import random
import socket
import threading
import time

# What becomes of a connection, and how often.
FATES = {
    "whole": 62,
    "late": 8,
    "cut before the request": 5,
    "cut within the request": 5,
    "cut before the answer": 14,
    "cut within the answer": 6,
}


class Proxy:
    def __init__(self, target, seed):
        self.target = target
        self.random = random.Random(seed)
        self.fates = collections.Counter()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            fate = self.random.choices(list(FATES), list(FATES.values()))[0]
            self.fates[fate] += 1
            threading.Thread(target=self.serve, args=(client, fate), daemon=True).start()

    def serve(self, client, fate):
        server = None
        try:
            client.settimeout(30)
            if fate == "cut before the request":
                return
            server = socket.create_connection(("127.0.0.1", self.target), timeout=30)
            if fate == "late":
                time.sleep(self.random.uniform(0, 1))
            request = read_message(client)
            if fate == "cut within the request":
                server.sendall(request[: len(request) - 10])
                return
            server.sendall(request)
            answer = read_message(server)
            if fate == "cut before the answer":
                return
            if fate == "cut within the answer":
                client.sendall(answer[: len(answer) // 2])
                return
            client.sendall(answer)
        except OSError:
            pass
        finally:
            for end in (client, server):
                if end:
                    end.close()

    def close(self):
        self.listener.close()

    def cuts(self):
        return sum(count for fate, count in self.fates.items() if fate.startswith("cut"))

    def report(self):
        return ", ".join(f"{fate} {count}" for fate, count in self.fates.most_common())


def read_message(end):
    """One HTTP message with `Content-Length`."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = end.recv(65536)
        if not part:
            raise OSError("closed")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = end.recv(65536)
        if not part:
            raise OSError("closed")
        body += part
    return head + b"\r\n\r\n" + body
