"""T6: money that many write at once, while the server and PostgreSQL are killed, is entered once and sums to zero (quality R9).

Rewards, penalties, manual entries and their reversals, recomputed from what the API answers alone."""

import collections
import decimal
import json
import random
import threading
import time
import uuid

from machinery import Failed, Server, pick, say

STATIONS = ["SY001", "DL001"]


class Book:
    """Who writes money: tokens, stations, and the caller that repeats until the answer is definite."""

    def __init__(self, world, server):
        self.world, self.server = world, server
        issue = lambda role: world.product.command("token", "issue", f"--role={role}", "--ttl=2h", "--name=prove")
        self.service, self.finance = issue("hqService"), issue("finance")
        caller = world.caller(server.port)
        self.stations = [self.read(caller, f"/v1/stations/{code}")["id"] for code in STATIONS]
        caller.close()

    def read(self, caller, path):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            reply = caller.request("GET", path, self.finance)
            if reply and reply.status == 200:
                return json.loads(reply.body, parse_float=decimal.Decimal)
            if reply and reply.status not in (429, 503):
                raise Failed(f"{path}: {reply}")
            time.sleep(0.1)
        raise Failed(f"{path}: no answer")

    def pages(self, caller, path):
        cursor = ""
        while cursor is not None:
            page = self.read(caller, f"{path}?limit=100" + (f"&cursor={cursor}" if cursor else ""))
            yield from page["items"]
            cursor = page["nextCursor"]

    def post(self, caller, path, token, body, renew_keys=False):
        """The answer, as often as it takes; with the same key, unless doubles are wanted."""
        key, end = uuid.uuid4().hex, time.monotonic() + 90
        while time.monotonic() < end:
            headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"', "If-Match": "*"}
            reply = caller.request("POST", path, token, json.dumps(body).encode(), headers)
            if reply and (reply.status < 400 or reply.status == 409 and b"idempotency-in-progress" not in reply.body):
                return reply
            if reply and reply.status not in (409, 429) and reply.status < 500:
                raise Failed(f"{path}: {reply.status} {reply.body[:300]!r}")
            if renew_keys:
                key = uuid.uuid4().hex
            time.sleep(0.05)
        raise Failed(f"{path}: no definite answer")


def write(book, group, seed, names, failures, renew_keys):
    """One thread's operations. `names` collects what was asked for, once each."""
    dice, caller, made = random.Random(seed), book.world.caller(book.server.port, timeout=20), []
    try:
        for name in names:
            station = dice.choice(book.stations)
            day = f"2026-0{dice.randint(1, 3)}-{dice.randint(1, 28):02}"
            amount = f"{dice.randint(1, 100_000_000) / 100:.2f}"
            common = {"stationId": station, "occurredOn": day}
            kind = dice.randrange(4)
            if kind == 0:
                path, token = "/v1/rewards", book.service
                body = common | {"reason": name, "amount": {"amount": amount, "currency": "CNY"}}
            elif kind == 1:
                path, token = "/v1/penalties", book.service
                # Within the tariff.
                fine = f"{dice.randint(2000, 5000) / 100:.2f}"
                body = common | {"reason": name, "code": "ASM-P1", "amount": {"amount": fine, "currency": "CNY"}}
            else:
                path, token = "/v1/ledger/entries", book.finance
                sign = dice.choice(["", "-"]) if kind == 2 else ""
                body = common | {
                    "kind": "adjustment" if kind == 2 else "advanceReceived", "description": name,
                    "amount": {"amount": sign + amount, "currency": "CNY"},
                }
            reply = book.post(caller, path, token, body, renew_keys)
            if reply.status != 201:
                raise Failed(f"{path}: {reply.status} {reply.body[:300]!r}")
            made.append((path, token, json.loads(reply.body)["id"]))
            if dice.random() < 0.2:
                path, token, identity = made.pop(dice.randrange(len(made)))
                action = "reverse" if "ledger" in path else "revoke"
                book.post(caller, f"{path}/{identity}/{action}", token, {"reason": f"{group} 更正"})
    except Exception as failure:  # told by the main thread
        failures.append(failure)
    finally:
        caller.close()


def trial(world, group, count, kills, renew_keys=False):
    """Answers how often each operation is in the books, and how often something was killed."""
    server = Server(world.product)
    try:
        book = Book(world, server)
        names = [f"{group} {uuid.uuid4()}" for _ in range(count)]
        failures, workers = [], 6
        threads = [
            threading.Thread(target=write, args=(book, group, n, names[n::workers], failures, renew_keys))
            for n in range(workers)
        ]
        for thread in threads:
            thread.start()
        done = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(random.uniform(0.3, 0.8))
            if done < kills:
                if done % 3 == 2:
                    world.cluster.kill()
                    world.cluster.start()
                else:
                    server.kill()
                    server.start()
                done += 1
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        rows = world.cluster.sql(
            "select name, count(*) from ("
            f" select reason as name from station_awards where reason like '{group} %'"
            f" union all select description from ledger_entries where description like '{group} %'"
            "   and kind in ('adjustment', 'advanceReceived')) t group by name"
        )
        effects = collections.Counter({n: int(c) for n, c in (row.rsplit("|", 1) for row in rows.splitlines())})
        return names, effects, done, recompute(book)
    finally:
        server.end()


def recompute(book):
    """From the API's JSON alone: every account is the sum of its lines, every entry sums to zero. Answers how many entries."""
    caller = book.world.caller(book.server.port)
    # A statement has room for so many lines; what is taken back counts for the day of the run.
    days = [(f"2026-{m:02}-{a:02}", f"2026-{m:02}-{b:02}") for m in (1, 2, 3) for a, b in ((1, 10), (11, 20), (21, 28))]
    rests = [("2000-01-01", "2025-12-31"), ("2026-01-29", "2026-01-31"), ("2026-03-29", "2026-03-31"), ("2026-04-01", "2999-12-31")]
    spans = sorted(days + rests)
    money = lambda value: decimal.Decimal(value["amount"])
    entries, accounts = collections.Counter(), 0
    for account in book.pages(caller, "/v1/ledger/accounts"):
        accounts += 1
        sign, total = (1 if account["growsByDebit"] else -1), decimal.Decimal(0)
        for first, last in spans:
            statement = book.read(caller, f"/v1/ledger/accounts/{account['id']}/statement?from={first}&to={last}")
            if money(statement["opening"]) != total:
                raise Failed(f"{account['code']} opens on {first} with {money(statement['opening'])}, not {total}")
            for line in statement["lines"]:
                total += money(line["amount"])
                entries[line["entryId"]] += sign * money(line["amount"])
        if money(account["balance"]) != total:
            raise Failed(f"{account['code']} is {money(account['balance'])}, its lines sum to {total}")
    caller.close()
    wrong = [entry for entry, total in entries.items() if total != 0]
    if wrong:
        raise Failed(f"{len(wrong)} entries do not sum to zero, as {wrong[0]}")
    return f"{len(entries)} entries on {accounts} accounts"


def prove(world):
    count, kills = pick((600, 4), (100_000, 60))
    names, effects, done, sums = trial(world, "money", count, kills)
    wrong = [name for name in names if effects.get(name) != 1]
    if wrong or len(effects) != count:
        raise Failed(f"{len(wrong)} of {count} items are not in the books exactly once")
    if done < kills:
        say(f"T6: only {done} of {kills} kills fell into the run")
    return f"{count} items over {done} kills of server and PostgreSQL, each once; {sums}: each entry zero, each balance its lines"


def control(world):
    """The same writers with a new key for every try: money is entered twice, which must be seen."""
    doubles, items = 0, 0
    # A kill has to fall between the commit and the answer: now and then none does.
    for attempt in range(6):
        names, effects, _, _ = trial(world, f"double{attempt}", pick(300, 1000), 4, renew_keys=True)
        items += len(names)
        doubles += sum(effects.values()) - len(effects)
        if doubles:
            break
    return doubles > 0, f"a new key for every try: {doubles} items twice of {items}"
