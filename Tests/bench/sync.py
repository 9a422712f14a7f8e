"""A dealer management system brings its work orders, again and again: each by its own identity (domain.md section 13).

Creates customers and vehicles by upsert, then every order over parallel keep-alive connections, then all of them again with the
same bodies. The second pass must answer `unchanged` for every one, leave no event and draw no number; of 50 first writers of one
order exactly one creates. Prints rows a second; how fast it was never fails, a wrong answer does.

Runs below .ci/with-server (sync.sh), which says where the server and its database are.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time

URL = os.environ["AFTERSALES_URL"]
HOST, PORT = URL.removeprefix("http://").rsplit(":", 1)
STATION = "SY001"
WRITERS = 50


class Failed(Exception):
    """An answer that must not be."""


def token():
    """Of the system that synchronises: with the rights of the role and no more."""
    issued = subprocess.run(
        [os.environ["AFTERSALES_BINARY"], "token", "issue", "--role", "dmsClient", "--station", STATION]
        + ["--ttl", "12h", "--name", "sync"],
        capture_output=True, text=True, check=True)  # fmt: skip
    return issued.stdout.strip()


def counted():
    """Events of this system, numbers and versions of orders that were ever written, asked of the database itself.

    What the server's own clocks write meanwhile is not of the synchronisation."""
    run = subprocess.run(
        ["psql", "-qAt", "-F", " ", "-d", os.environ["AFTERSALES_DATABASE_OWNER_URL"], "-c"]
        + ["select (select count(*) from events where actor_name = 'sync'),"
           " (select sum(last) from document_counters where kind = 'WO'),"
           " (select count(*) from work_orders_versions)"],
        capture_output=True, text=True, check=True, env=os.environ | {"PGOPTIONS": "-c app.scope=*"})  # fmt: skip
    return dict(zip(("events", "numbers", "versions"), map(int, run.stdout.split()), strict=True))


class Connection:
    """One keep-alive connection; opened anew when the server closes it."""

    def __init__(self, bearer):
        self.head = f"host: {HOST}:{PORT}\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\n"
        self.reader = self.writer = None

    async def put(self, path, body):
        return await self.send("PUT", path, body)

    async def send(self, method, path, body=b"", fields=""):
        """Status, header fields by lower-case name, and body. `fields` are more of the request's, each with its line end."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(HOST, int(PORT))
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\n{self.head}{fields}content-length: {len(body)}\r\n\r\n".encode() + body)  # fmt: skip
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        answer = await self.reader.readexactly(int(fields["content-length"]))
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), fields, answer

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None


async def write(connection, path, body, status, outcome):
    """The document as it is told; anything but this status and outcome is a failure."""
    answer = await connection.put(path, body)
    if answer[0] != status or answer[1].get("upsert-outcome") != outcome:
        raise Failed(
            f"PUT {path}: {answer[0]} {answer[1].get('upsert-outcome')}, expected {status} {outcome}: "
            + answer[2].decode()[:400])  # fmt: skip
    return answer


async def every(connections, rows, status, outcome, keep=lambda row, answer: None):
    """Writes all rows, each connection the next one that is left. Seconds of all together and milliseconds of each."""
    left, times = iter(rows), []

    async def client(connection):
        for row in left:
            started = time.perf_counter()
            answer = await write(connection, row[0], row[1], status, outcome)
            times.append((time.perf_counter() - started) * 1000)
            keep(row, answer)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(client(connection))
    return time.perf_counter() - started, sorted(times)


def told(name, outcome, seconds, times):
    middle, tail = (times[int(len(times) * part)] for part in (0.5, 0.99))
    print(
        f"sync: {name}: {len(times)} {outcome} in {seconds:.1f} s, {len(times) / seconds:.0f} rows/s, "
        f"p50 {middle:.1f} ms, p99 {tail:.1f} ms", flush=True)  # fmt: skip


async def masters(connections, system, count):
    """Identities of the customers and vehicles that the orders name."""
    made = {}

    def keep(row, answer):
        made[row[0]] = json.loads(answer[2])["id"]

    def path(family, number):
        return f"/v1/{family}/by-external/{system}/{number}"

    def body(content):
        return json.dumps(content).encode()

    await every(
        connections,
        [(path("customers", n), body({"kind": "person", "name": f"同步{n}", "phone": f"138{n:08}"})) for n in range(count)]
        + [
            (path("vehicles", n), body({"vin": f"LBSYN{n:012}", "plate": f"辽S{n:05}", "usage": "private"}))
            for n in range(count)
        ],
        201, "created", keep)  # fmt: skip
    return [(made[path("customers", n)], made[path("vehicles", n)]) for n in range(count)]


def order(system, pairs, number, summary="制动有异响 Brakes squeal"):
    customer, vehicle = pairs[number % len(pairs)]
    body = {
        "customerId": customer,
        "vehicleId": vehicle,
        "serviceType": "repair",
        "summary": summary,
        "lines": [{"description": "更换制动片 Brake pads", "standardHours": "1.50", "faultCode": f"F{number % 90:02}"}],
    }
    return f"/v1/work-orders/by-external/{system}/RO-{number}", json.dumps(body).encode()


async def first_writers(bearer, row):
    """Many that bring the same order at once, none of whom can know that he is not alone."""
    connections = [Connection(bearer) for _ in range(WRITERS)]
    answers = await asyncio.gather(*(connection.put(*row) for connection in connections))
    for connection in connections:
        connection.close()
    outcomes = sorted(fields.get("upsert-outcome", str(status)) for status, fields, _ in answers)
    orders = {json.loads(body).get("id") for _, _, body in answers}
    if outcomes != ["created"] + ["unchanged"] * (WRITERS - 1) or len(orders) != 1:
        raise Failed(f"{WRITERS} first writers of one order: {outcomes}, {len(orders)} orders")
    print(f"sync: {WRITERS} first writers of one order at once: one created it, the others found it", flush=True)


async def main():
    parser = argparse.ArgumentParser(description="Synchronise work orders twice by upsert.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=16, help="parallel connections")
    given = parser.parse_args()
    bearer, system = token(), f"sync{int(time.time())}"
    connections = [Connection(bearer) for _ in range(given.clients)]
    pairs = await masters(connections, system, max(1, min(given.orders // 10, 500)))
    rows = [order(system, pairs, number) for number in range(given.orders)]
    told("first pass", "created", *await every(connections, rows, 201, "created"))

    before = counted()
    if min(before.values()) < given.orders:
        raise Failed(f"{given.orders} created orders left only {before}")
    told("second pass", "unchanged", *await every(connections, rows, 200, "unchanged"))
    added = {name: value - before[name] for name, value in counted().items()}
    if any(added.values()):
        raise Failed(f"the second pass left something behind: {added}")
    print("sync: the second pass left no event, no number and no version", flush=True)

    changed = [order(system, pairs, number, "制动失灵 Brakes fail") for number in range(0, given.orders, 100)]
    told("what differs", "updated", *await every(connections, changed, 200, "updated"))
    added = {name: value - before[name] for name, value in counted().items()}
    if added["events"] != len(changed) or added["numbers"]:
        raise Failed(f"{len(changed)} changed orders left {added}")
    await first_writers(bearer, order(system, pairs, given.orders))
    for connection in connections:
        connection.close()


if __name__ == "__main__":
    STATUS = 0
    try:
        asyncio.run(main())
    except* Failed as group:
        STATUS = 1
        for failure in group.exceptions:
            print(f"sync: {failure}", file=sys.stderr)
    sys.exit(STATUS)
