"""T4: whatever is sent again, cut or killed, every operation happens once, and its repetitions answer the same bytes
(quality R2, R7)."""

import json
import queue
import random
import threading
import time

from machinery import STATIONS, Failed, Operation, Server, pick, say
from proxy import Proxy

CALLERS = 8


def attempt_all(world, port, operations, renew_keys):
    """Every operation until it is answered, now and then several times at once.

    With `renew_keys` a repetition has another key, as from a client that does not know better.
    """
    work = queue.Queue()
    for operation in operations:
        work.put(operation)
    failures = []

    def one(operation, random_numbers, copies):
        caller = world.caller(port, timeout=20)
        end = time.monotonic() + 120
        first = True
        while time.monotonic() < end:
            key = None if first and copies == 0 or not renew_keys else f"{operation.key}-{random_numbers.random()}"
            first = False
            reply = caller.send(operation, key)
            caller.close()
            if reply and reply.status == 201:
                operation.replies.append(reply)
                return
            if reply and reply.status not in (409, 429) and reply.status < 500:
                raise Failed(f"{reply.status} {reply.body[:200]!r}")
            time.sleep(random_numbers.uniform(0.02, 0.2))
        raise Failed("no definite answer within 120 s")

    def run(seed):
        random_numbers = random.Random(seed)
        while True:
            try:
                operation = work.get_nowait()
            except queue.Empty:
                return
            try:
                copies = random_numbers.choice([0, 0, 0, 0, 0, 0, 0, 1, 2, 4])
                threads = [threading.Thread(target=guarded, args=(operation, n)) for n in range(1, copies + 1)]
                for thread in threads:
                    thread.start()
                guarded(operation, 0)
                for thread in threads:
                    thread.join()
            finally:
                work.task_done()

    def guarded(operation, copy):
        try:
            one(operation, random.Random(f"{operation.key}{copy}"), copy)
        except Failed as failure:
            failures.append(str(failure))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(CALLERS)]
    for thread in threads:
        thread.start()
    return threads, failures


def trial(world, group, count, kills, renew_keys=False):
    server = Server(world.product)
    proxy = Proxy(server.port, seed=1)
    operations = [Operation(STATIONS[n % len(STATIONS)], group) for n in range(count)]
    try:
        threads, failures = attempt_all(world, proxy.port, operations, renew_keys)
        done = 0
        while any(thread.is_alive() for thread in threads):
            answered = sum(1 for operation in operations if operation.replies)
            if done < kills and answered >= count * (done + 1) // (kills + 1):
                server.kill()
                server.start()
                done += 1
            time.sleep(0.05)
    finally:
        proxy.close()
    if failures:
        server.end()
        raise Failed(f"{len(failures)} callers got no answer, the first: {failures[0]}")
    return server, operations, proxy, done


def prove(world):
    count, kills = pick((200, 3), (10_000, 100))
    server, operations, proxy, done = trial(world, "once", count, kills)
    try:
        effects = world.effects("once")
        wrong = [o for o in operations if effects.get(o.name) != 1]
        different = [o for o in operations if len({reply.body for reply in o.replies}) != 1]
        originals = [o for o in operations if sum("idempotency-replayed" not in r.headers for r in o.replies) > 1]
        if wrong or different or originals or len(effects) != count:
            raise Failed(
                f"{len(wrong)} of {count} operations not exactly once, {len(different)} answered differently, "
                f"{len(originals)} claimed to be the original more than once"
            )
        strangers(world, server, operations[:20])
    finally:
        server.end()
    replies = sum(len(o.replies) for o in operations)
    say(f"T4: {proxy.report()}")
    return (
        f"{count} operations, {replies} answers, {proxy.cuts()} connections cut, the server killed {done} times: "
        f"every one exactly once, repetitions byte for byte the same"
    )


def strangers(world, server, operations):
    """The same key with another body is refused, and with another caller it is another key."""
    caller = world.caller(server.port)
    for operation in operations:
        other = Operation(operation.station, "once")
        reply = caller.send(other, operation.key)
        if not reply or reply.status != 422:
            raise Failed(f"the key with another body: {reply}")
        other.station = STATIONS[(STATIONS.index(operation.station) + 1) % len(STATIONS)]
        other.name = other.name.replace("once", "stranger")
        reply = caller.send(other, operation.key)
        if not reply or reply.status != 201 or "idempotency-replayed" in reply.headers:
            raise Failed(f"the key of another caller: {reply}")
        if json.loads(reply.body)["summary"] != other.name:
            raise Failed("the answer of another caller was repeated")


def control(world):
    """The same client with a new key for every try: it must make doubles, or nothing was repeated at all."""
    count = pick(80, 500)
    server, operations, _, _ = trial(world, "twice", count, 1, renew_keys=True)
    server.end()
    effects = world.effects("twice")
    doubles = sum(effects.values()) - len(effects)
    return doubles > 0, f"a new key for every try: {doubles} doubles of {count} operations"
