"""Complaints from a CSV in the public NHTSA layout become complaints of the product, over parallel keep-alive connections.

Every row is recorded under its ODI number as external identity, with an Idempotency-Key of its own, and whatever the contract has
no member for (a VIN cut short, the vehicle, the day of filing) stands in a note. A number that comes again must be offered as a
duplicate of the first by that identity, and is merged into it. Then everything is sent again, which must make nothing, and read
back: every number is found exactly once, its narrative is equal to the last byte, its severity facts are those of the row.

Without a CSV it takes 60 rows of its own, with 3 repeated numbers. Prints rows a second; how fast it was never fails, a wrong
answer does. Runs below .ci/with-server (complaints_import.sh), which says where the server is. The last line is
"N passed, N failed".
"""

import argparse
import asyncio
import csv
import json
import os
import random
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from urllib.parse import quote

from sync import Connection, Failed

COLUMNS = (
    "ODINumber", "Crash", "Fire", "NumberOfInjured", "NumberOfDeaths", "DateComplaintFiled", "VIN", "Component", "Summary",
    "ProductType", "ModelYear", "Make", "Model", "DateofIncident")  # fmt: skip
COMPONENT_LENGTH = 200
FLAGS = {"Yes": True, "No": False}


def token():
    """Of the call centre: it registers complaints, merges them, and sees who complained and in which words."""
    issued = subprocess.run(
        [os.environ["AFTERSALES_BINARY"], "token", "issue", "--role", "callCentre", "--ttl", "12h", "--name", "import"],
        capture_output=True, text=True, check=True)  # fmt: skip
    return issued.stdout.strip()


class Row:
    """One line of the file as the complaint that it becomes."""

    def __init__(self, line, system, occurrence):
        self.number, self.occurrence = line["ODINumber"], occurrence
        self.words = unicodedata.normalize("NFC", line["Summary"])
        self.facts = {
            "crash": FLAGS[line["Crash"]], "fire": FLAGS[line["Fire"]],
            "injured": int(line["NumberOfInjured"]), "deaths": int(line["NumberOfDeaths"]),
        }  # fmt: skip
        self.incident = line["DateofIncident"] or None
        self.component = unicodedata.normalize("NFC", line["Component"])
        self.vin = line["VIN"] if len(line["VIN"]) == 17 else None
        self.note = unicodedata.normalize("NFC", (
            f"ODI {self.number}, filed {line['DateComplaintFiled']}: {line['ProductType']}, {line['ModelYear']} {line['Make']}"
            f" {line['Model']}, VIN {line['VIN'] or '-'}, component {line['Component']}"))  # fmt: skip
        self.key = f"{system}-{self.number}-{occurrence}"
        self.body = json.dumps(
            {
                "channel": "online",
                "contact": {"name": f"ODI {self.number}"},
                "category": "vehicleQuality",
                "customerWords": line["Summary"],
                "component": line["Component"][:COMPONENT_LENGTH] or None,
                "vin": self.vin,
                "facts": self.facts,
                "incidentDate": self.incident,
                "externalIds": {system: self.number},
            }
        ).encode()
        self.id = None

    def differs(self, complaint):
        """The members of a complaint that are not what the row says."""
        expected = {
            "category": "vehicleQuality", "component": self.component[:COMPONENT_LENGTH] or None,
            "customerWords": self.words, "incidentDate": self.incident, "vin": self.vin,
        }  # fmt: skip
        facts = {name: complaint["facts"].get(name) for name in self.facts}
        return [name for name, value in expected.items() if complaint[name] != value] + ["facts"] * (facts != self.facts)


def synthetic():
    """60 rows that a public file could hold, 3 of them under numbers that were there before; always the same."""
    chance = random.Random(1)
    components = ["SERVICE BRAKES, HYDRAULIC", "AIR BAGS:FRONTAL", "FUEL SYSTEM, GASOLINE", "ENGINE | POWER TRAIN | " * 12]
    lines = []
    for place in range(57):
        lines.append({
            "ODINumber": str(10_000_000 + place), "Crash": chance.choice(["Yes", "No"]), "Fire": chance.choice(["Yes", "No"]),
            "NumberOfInjured": str(chance.choice([0, 0, 1, 3])), "NumberOfDeaths": str(chance.choice([0, 0, 0, 1])),
            "DateComplaintFiled": "2011-05-30", "VIN": chance.choice(["", "KMHCG45C71U", f"KMHCG45C71U{place:06}"]),
            "Component": chance.choice(components), "ProductType": "VEHICLE", "ModelYear": "2001", "Make": "HYUNDAI",
            "Model": "ACCENT", "DateofIncident": chance.choice(["", "2011-04-01"]),
            "Summary": f'  THE CONSUMER STATED "IT FAILED", {place} TIMES.\n\tNO ANSWER \u2019TIL TODAY.\x92 *AK  ',
        })  # fmt: skip
    for place in (3, 20, 41):
        lines.append(lines[place] | {"Summary": f"{lines[place]['Summary']} STATED AGAIN.", "Component": "TIRES"})
    return lines


def read(path, limit):
    with open(path, encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or [])]
        if missing:
            sys.exit(f"import: {path} has no column {', '.join(missing)}")
        return [line for _, line in zip(range(limit), table)]


def rows_of(lines, system):
    seen, rows = Counter(), []
    for line in lines:
        seen[line["ODINumber"]] += 1
        rows.append(Row(line, system, seen[line["ODINumber"]]))
    return rows


async def ask(connection, method, path, body=None, key=None, version=None):
    """The answer, decoded, with its header fields. Waits where the server asks for that; anything but success is a failure."""
    fields = (f"idempotency-key: {key}\r\n" if key else "") + (f'if-match: "{version}"\r\n' if version else "")
    while True:
        status, head, answer = await connection.send(method, path, body or b"", fields)
        if status != 429:
            break
        await asyncio.sleep(int(head.get("retry-after", "1")))
    if status not in (200, 201):
        raise Failed(f"{method} {path}: {status}: {answer.decode()[:400]}")
    return json.loads(answer), head


async def every(connections, rows, work):
    """Does the work for all rows, each connection with the next one that is left.

    Answers the seconds of all together and the milliseconds of each."""
    left, times = iter(rows), []

    async def client(connection):
        for row in left:
            started = time.perf_counter()
            await work(connection, row)
            times.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(client(connection))
    return time.perf_counter() - started, sorted(times)


def told(name, seconds, times):
    middle, tail = (times[int(len(times) * part)] for part in (0.5, 0.99))
    print(
        f"import: {name}: {len(times)} in {seconds:.1f} s, {len(times) / seconds:.0f} rows/s, "
        f"p50 {middle:.1f} ms, p99 {tail:.1f} ms", flush=True)  # fmt: skip


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, sentence, faults):
        """Holds when nothing speaks against it."""
        if faults:
            self.failed += 1
            print(f"not ok {sentence}\n  # {len(faults)}, the first: {'; '.join(map(str, faults[:3]))}", flush=True)
        else:
            self.passed += 1
            print(f"ok {sentence}", flush=True)


async def record(connection, row):
    complaint, _ = await ask(connection, "POST", "/v1/complaints", row.body, key=row.key)
    row.id = complaint["id"]
    return complaint


async def merge_repeats(connection, repeats, first, checks):
    """Records each row whose number was there before, looks for what the server says to that, and merges it."""
    unknown, unmerged = [], []
    for row in repeats:
        known = first[row.number]
        complaint = await record(connection, row)
        found, _ = await ask(connection, "GET", f"/v1/complaints/{row.id}/duplicates")
        matches = next((item["matches"] for item in found["items"] if item["id"] == known.id), [])
        if known.id not in complaint["duplicateCandidateIds"] or "externalId" not in matches:
            unknown.append(row.number)
        body = json.dumps({"complaintId": known.id, "reason": f"ODI {row.number}"}).encode()
        merged, _ = await ask(
            connection, "POST", f"/v1/complaints/{row.id}/merge", body, key=f"{row.key}-merge", version=complaint["version"])
        if merged["state"] != "merged" or merged["mergedIntoId"] != known.id:
            unmerged.append(row.number)
    checks.check(f"each of the {len(repeats)} rows under a number that was there before is offered as a duplicate", unknown)
    checks.check("… and goes on in the first", unmerged)


async def all_since(connection, started, system):
    """Identities of the complaints of this import that are there, page by page, as often as they come."""
    path = f"/v1/complaints?limit=100&sort=createdAt&fields=id,externalIds&createdAtFrom={quote(started)}"
    found, cursor = [], None
    while True:
        page, _ = await ask(connection, "GET", path + (f"&cursor={quote(cursor)}" if cursor else ""))
        found += [item["id"] for item in page["items"] if system in item["externalIds"]]
        cursor = page.get("nextCursor")
        if not cursor:
            return found


async def main():
    parser = argparse.ArgumentParser(description="Import complaints of the public NHTSA layout.")
    parser.add_argument("csv", nargs="?", help="a CSV with a head line; left out: 60 rows made up")
    parser.add_argument("--rows", type=int, default=10_000, help="at most so many, from the beginning of the file")
    parser.add_argument("--clients", type=int, default=16, help="parallel connections")
    given = parser.parse_args()
    system, checks, bearer = f"odi{time.time_ns() // 1_000_000}", Checks(), token()
    rows = rows_of(read(given.csv, given.rows) if given.csv else synthetic(), system)
    first = {row.number: row for row in rows if row.occurrence == 1}
    repeats = [row for row in rows if row.occurrence > 1]
    print(
        f"import: {len(rows)} rows, {len(first)} numbers, {len({row.number for row in repeats})} of them repeated by "
        f"{len(repeats)} rows; {sum(row.vin is None for row in rows)} without a whole VIN", flush=True)  # fmt: skip
    connections = [Connection(bearer) for _ in range(given.clients)]
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    told("complaints recorded", *await every(connections, first.values(), record))
    await merge_repeats(connections[0], repeats, first, checks)

    async def annotate(connection, row):
        await ask(
            connection, "POST", f"/v1/complaints/{row.id}/notes", json.dumps({"text": row.note}).encode(),
            key=f"{row.key}-note")  # fmt: skip

    told("notes with the rest of the row", *await every(connections, rows, annotate))

    anew = []

    async def repeat(connection, row):
        complaint, head = await ask(connection, "POST", "/v1/complaints", row.body, key=row.key)
        if complaint["id"] != row.id or head.get("idempotency-replayed") != "true":
            anew.append(row.number)

    told("the same again", *await every(connections, rows, repeat))
    checks.check("the same rows again make nothing", anew)

    lost, twice, words, others, notes = [], [], [], [], []

    async def look(connection, row):
        page, _ = await ask(connection, "GET", f"/v1/complaints?externalId={system}:{quote(row.number)}&limit=100")
        found = {item["id"]: item for item in page["items"]}
        if row.id not in found:
            lost.append(row.number)
            return
        if [item["id"] for item in page["items"] if item["mergedIntoId"] is None] != [first[row.number].id]:
            twice.append(row.number)
        differs = row.differs(found[row.id])
        if "customerWords" in differs:
            words.append(row.number)
        if set(differs) - {"customerWords"}:
            others.append(f"{row.number} {differs}")
        page, _ = await ask(connection, "GET", f"/v1/complaints/{row.id}/notes")
        if [item["text"] for item in page["items"]] != [row.note]:
            notes.append(row.number)

    told("read back", *await every(connections, rows, look))
    checks.check(f"each of the {len(rows)} rows is found under its number: nothing is lost", lost)
    checks.check(f"each of the {len(first)} numbers has one complaint that goes on", twice)
    checks.check("every narrative is equal to the last byte", words)
    checks.check("severity facts, component, VIN and day of the incident are those of the row", others)
    checks.check("what has no member of its own stands in the note", notes)
    there, expected = Counter(await all_since(connections[0], started, system)), Counter(row.id for row in rows)
    checks.check("the list has each once, and nothing beside them", [*(there - expected), *(expected - there)])
    for connection in connections:
        connection.close()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    STATUS = 1
    try:
        STATUS = asyncio.run(main())
    except* Failed as group:
        for failure in group.exceptions:
            print(f"import: {failure}", file=sys.stderr)
    sys.exit(STATUS)
