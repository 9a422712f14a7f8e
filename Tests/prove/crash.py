"""T1: what was acknowledged survives kill -9 of PostgreSQL (quality R1)."""

import random
import time

from machinery import Failed, Server, Writers, pick, say


def kill_rounds(world, server, group, rounds):
    """Writes, kills PostgreSQL in the middle, starts it again; so often. Answers who wrote what."""
    acknowledged, unknown, slowest = [], [], 0.0
    for number in range(rounds):
        writers = Writers(world, server.port, group)
        try:
            time.sleep(random.uniform(1, 2))
            world.cluster.kill()
            time.sleep(0.1)
        finally:
            writers.stop()
        started = time.monotonic()
        world.cluster.start()
        slowest = max(slowest, time.monotonic() - started)
        acknowledged += writers.acknowledged
        unknown += writers.unknown
        say(f"T1 {group}: kill {number + 1} of {rounds}, {len(acknowledged)} acknowledged, {len(unknown)} unknown")
    return acknowledged, unknown, slowest


def prove(world):
    server = Server(world.product)
    try:
        acknowledged, unknown, slowest = kill_rounds(world, server, "crash", pick(3, 50))
        if not acknowledged or not unknown:
            raise Failed("no write was acknowledged, or none was under way when PostgreSQL died")
        effects = world.effects("crash")
        lost = [o for o in acknowledged if effects.get(o.name) != 1]
        committed = sum(1 for o in unknown if o.name in effects)
        caller = world.caller(server.port)
        for operation in unknown:
            caller.settle(operation)
        effects = world.effects("crash")
        wrong = [o for o in acknowledged + unknown if effects.get(o.name) != 1]
    finally:
        server.end()
    if lost or wrong:
        raise Failed(f"{len(lost)} acknowledged writes lost, {len(wrong)} of all not there exactly once")
    broken = world.cluster.check()
    if broken:
        raise Failed(f"pg_amcheck: {broken[:300]}")
    return (
        f"{len(acknowledged)} acknowledged over {pick(3, 50)} kills, 0 lost; {len(unknown)} unknown "
        f"({committed} had happened), all once after the retry; PostgreSQL back in {slowest:.1f} s at most"
    )


def control(world):
    """The same with acknowledgements before the disk has it. Its loss shows that a loss would be seen."""
    world.cluster.set(synchronous_commit="off", wal_writer_delay="10s")
    server = Server(world.product, unsafe=True)
    acknowledged, lost = [], []
    try:
        # What is lost was written in the last moments: now and then nothing was.
        for _ in range(5):
            acknowledged += kill_rounds(world, server, "async", 1)[0]
            effects = world.effects("async")
            lost = [o for o in acknowledged if o.name not in effects]
            if lost:
                break
    finally:
        server.end()
        world.cluster.reset()
    return bool(lost), f"synchronous_commit=off: {len(lost)} of {len(acknowledged)} lost"
