"""T9: clients that send slowly or never read do not hurt the others, and are thrown out in time (quality R16)."""

import json
import os
import socketserver
import subprocess
import sys
import threading
import time

from machinery import STATIONS, Failed, Operation, Server, free_port, percentile, pick, say

READERS = 4
ATTACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attack.py")


def healthy(world, port, path, token, seconds):
    """Readers at an even pace; latencies in ms, and how many got no 200."""
    latencies, failures, lock = [], [], threading.Lock()

    def read():
        caller = world.caller(port, timeout=5)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            reply = caller.request("GET", path, token)
            with lock:
                if reply and reply.status == 200:
                    latencies.append((time.monotonic() - started) * 1000)
                else:
                    failures.append(reply.status if reply else caller.trouble)
            time.sleep(max(0, 0.02 - (time.monotonic() - started)))
        caller.close()

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies, failures


class Attack:
    """A process with so many hostile connections; tells how long each kind lived."""

    def __init__(self, port, token, count, seconds):
        self.process = subprocess.Popen(
            [sys.executable, ATTACK, str(port), str(count), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process.stdin.write(token + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "attacking":
            raise Failed("the attack did not begin")

    def result(self):
        return json.loads(self.process.communicate(timeout=120)[0])


def memory(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def prove(world):
    count, seconds = pick((500, 34), (4_000, 60))
    server = Server(world.product)
    try:
        caller = world.caller(server.port)
        reply = caller.settle(Operation(STATIONS[0], "slow"))
        path = "/v1/work-orders/" + json.loads(reply.body)["id"]
        token = world.product.tokens[STATIONS[0]]
        healthy(world, server.port, path, token, 2)
        quiet, failures = healthy(world, server.port, path, token, pick(4, 20))
        if failures:
            raise Failed(f"{len(failures)} of {len(failures) + len(quiet)} reads failed before the attack")
        before, opened = memory(server.process), descriptors(server.process)
        attack = Attack(server.port, token, count, seconds + 5)
        # The first seconds, in which all of them are still there.
        attacked, failures = healthy(world, server.port, path, token, 8)
        grown = memory(server.process) - before
        rest, more = healthy(world, server.port, path, token, seconds - 8)
        attacked, failures = attacked + rest, failures + more
        # Who does not read is not told by his kernel that the other end has gone, so it is counted there.
        left = descriptors(server.process) - opened
        lived = attack.result()
    finally:
        server.end()
    p99, limit = percentile(attacked, 0.99), max(2 * percentile(quiet, 0.99), percentile(quiet, 0.99) + 20)
    say(f"T9: lived at most {lived['longest']}, alive at the end {lived['alive']}")
    if failures:
        raise Failed(f"{len(failures)} of {len(failures) + len(attacked)} healthy reads failed: {set(failures)}")
    if p99 > limit:
        raise Failed(f"healthy p99 {p99:.1f} ms under attack, {percentile(quiet, 0.99):.1f} ms before")
    if left > 20:
        raise Failed(f"{left} connections are still open {seconds} s later: {lived['alive']}")
    if grown * 1024 / count > 512:
        raise Failed(f"{grown * 1024 / count:.0f} KiB of memory a hostile connection")
    # 10 s for a header, 5 s until a body must be fast, and 2 s to read the refusal.
    bounds = {"half a header": 13, "dripped header": 13, "half a body": 8, "dripped body": 8}
    for kind, bound in bounds.items():
        if lived["alive"][kind] or lived["longest"][kind] > bound:
            raise Failed(f"{kind}: {lived['alive'][kind]} still there, the others up to {lived['longest'][kind]:.0f} s")
    return (
        f"{count} hostile connections: {len(attacked)} healthy reads, all answered, p99 {p99:.0f} ms (quiet "
        f"{percentile(quiet, 0.99):.0f}); headers cut after {lived['longest']['dripped header']:.0f} s, bodies after "
        f"{lived['longest']['dripped body']:.0f} s; {grown * 1024 / count:.0f} KiB a connection"
    )


class Patient(socketserver.BaseRequestHandler):
    """Reads a request to its end, however long that takes, as a server without deadlines does."""

    places = threading.Semaphore(64)

    def handle(self):
        with self.places:
            data = b""
            while b"\r\n\r\n" not in data:
                part = self.request.recv(4096)
                if not part:
                    return
                data += part
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


class PatientServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024


def control(world):
    """The same attack on a server with 64 places and no deadlines: healthy clients must fail."""
    port = free_port()
    server = PatientServer(("127.0.0.1", port), Patient)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        quiet, failures = healthy(world, port, "/", "-", 2)
        if failures:
            raise Failed("the patient server does not serve")
        attack = Attack(port, "-", 500, 60)
        attacked, failures = healthy(world, port, "/", "-", 6)
        attack.process.kill()
        attack.process.wait()
    finally:
        server.shutdown()
        server.server_close()
    share = len(failures) / (len(failures) + len(attacked))
    return share > 0.9, f"a server without deadlines: {share:.0%} of healthy reads failed"
