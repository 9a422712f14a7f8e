"""T3: a commit that waits for a standby is never called a success when the wait is cut short (quality R5)."""

import subprocess
import threading
import time

from machinery import CLUSTER, DATABASE, Failed, Operation, STATIONS, Server, pick, problem_type, say, wait_until

WAITING = "select pid from pg_stat_activity where wait_event = 'SyncRep' and not pid = any (array[{}]::int[])"


def without_standby(world):
    # Writes wait for a standby that is not there.
    world.cluster.set(synchronous_standby_names="absent", synchronous_commit="on")


def waiting(world, others):
    return [int(line) for line in world.cluster.sql(WAITING.format(",".join(map(str, others)))).split()]


class Waiter:
    """A write that is sent now; its backend is found by its waiting."""

    def __init__(self, world, server, others, operation):
        self.operation = operation
        self.reply, self.seconds = None, 0.0
        self.caller = world.caller(server.port, timeout=90)
        self.thread = threading.Thread(target=self.write)
        self.thread.start()
        wait_until(lambda: waiting(world, others), 10, "the wait for the standby")
        self.backend = waiting(world, others)[0]

    def write(self):
        started = time.monotonic()
        self.reply = self.caller.send(self.operation)
        self.seconds = time.monotonic() - started

    def verdict(self, variant):
        self.thread.join(60)
        if self.thread.is_alive() or not self.reply:
            raise Failed(f"{variant}: no answer")
        if self.reply.status != 503 or problem_type(self.reply) != "/problems/outcome-unknown":
            raise Failed(f"{variant}: {self.reply.status} {self.reply.body[:200]!r}")
        if "retry-after" not in self.reply.headers:
            raise Failed(f"{variant}: no Retry-After")


def prove(world):
    server = Server(world.product)
    try:
        without_standby(world)
        # Nobody interrupts the first: it ends by the server's own limit.
        patient = Waiter(world, server, [], Operation(STATIONS[0], "standby"))
        waiters = []
        for number in range(1, pick(3, 20) + 1):
            for end in ("pg_cancel_backend", "pg_terminate_backend"):
                operation = Operation(STATIONS[number % len(STATIONS)], "standby")
                # The second time it is a repetition: what the first left behind is no success either.
                for attempt in ("", " of a repetition"):
                    waiter = Waiter(world, server, [patient.backend], operation)
                    world.cluster.sql(f"select {end}({waiter.backend})")
                    waiter.verdict(end + attempt)
                    waiters.append(waiter)
        say(f"T3: {len(waiters)} waits cut short, all unknown")
        patient.verdict("the server's own limit")
        world.cluster.reset()
        caller = world.caller(server.port)
        for waiter in [patient, *waiters]:
            caller.settle(waiter.operation)
        effects = world.effects("standby")
        wrong = [w for w in [patient, *waiters] if effects.get(w.operation.name) != 1]
        if wrong:
            raise Failed(f"{len(wrong)} operations are not there exactly once after the retry")
    finally:
        world.cluster.reset()
        server.end()
    return (
        f"{len(waiters)} waits (half of them repetitions) cancelled or terminated, 1 left alone: all 503 "
        f"outcome-unknown (alone after {patient.seconds:.0f} s), all once after the retry"
    )


def control(world):
    """The same cut, seen by a client that believes what libpq says: a success."""
    without_standby(world)
    try:
        client = subprocess.Popen(
            [CLUSTER, "prove", "psql", "-c", "create table control ()", DATABASE], stdout=subprocess.PIPE, text=True
        )
        wait_until(lambda: waiting(world, []), 10, "the wait for the standby")
        world.cluster.sql(f"select pg_cancel_backend({waiting(world, [])[0]})")
        said = client.communicate(timeout=20)[0].strip()
    finally:
        world.cluster.reset()
    return client.returncode == 0 and said == "CREATE TABLE", f"psql in the same place says: {said}, exit 0"
