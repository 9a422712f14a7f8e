"""Is a level ever below what the criteria say (QI-10…19)? Every record of a public file (NHTSA layout) that tells of a casualty, a
fire or a crash is judged by the product, and held against the criteria written down a second time here.

Each record is judged twice: as facts by the dry run (`POST /v1/quality-issues/classify`), and as a complaint that is recorded with
them, whose stored judgement is read from the database. One dead or injured is level 1 (QI-10, L1-a); a crash or fire without a
casualty is level 2 at least (QI-14, L2-a). Records are sent once for each combination of facts to the dry run and all of them as
complaints, with their own words.

Without a CSV it takes made-up records, every combination of the facts. Runs below .ci/with-server (casualties.sh), which says
where the server and its database are. The last line is "N passed, N failed".
"""

import argparse
import asyncio
import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import product

from sync import Connection, Failed

FLAGS = {"Yes": True, "No": False, "Y": True, "N": False, "": False}
RANK = {"level1": 1, "level2": 2, "level3": 3, None: 4}


def token(role):
    issued = subprocess.run(
        [os.environ["AFTERSALES_BINARY"], "token", "issue", "--role", role, "--ttl", "12h", "--name", "casualties"],
        capture_output=True, text=True, check=True)  # fmt: skip
    return issued.stdout.strip()


class Record:
    def __init__(self, number, crash, fire, injured, deaths, words, component):
        self.number, self.words, self.component = number, words, component
        self.crash, self.fire, self.injured, self.deaths = crash, fire, injured, deaths
        self.id = None

    @property
    def least(self):
        """The level that the criteria ask for at least, and the criterion."""
        if self.injured + self.deaths > 0:
            return "level1", "L1-a"
        return ("level2", "L2-a") if self.crash or self.fire else (None, None)

    @property
    def facts(self):
        return {"casualties": self.injured + self.deaths, "majorAccident": self.crash or self.fire}

    @property
    def complaint(self):
        return {
            "channel": "online", "contact": {"name": f"ODI {self.number}"}, "category": "vehicleQuality",
            "customerWords": self.words[:10_000] or "-", "component": self.component[:200] or None,
            "facts": {"crash": self.crash, "fire": self.fire, "injured": self.injured, "deaths": self.deaths},
        }  # fmt: skip


def read(path):
    """Each number once, as the file has it first, and of those the severe ones."""
    seen, records = set(), []
    with open(path, encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            if line["ODINumber"] in seen:
                continue
            seen.add(line["ODINumber"])
            record = Record(
                line["ODINumber"], FLAGS[line["Crash"]], FLAGS[line["Fire"]], int(float(line["NumberOfInjured"] or 0)),
                int(float(line["NumberOfDeaths"] or 0)), line["Summary"], line["Component"])  # fmt: skip
            if record.least[0]:
                records.append(record)
    return records, len(seen)


def synthetic():
    records = [
        Record(str(place), crash, fire, injured, deaths, f"Record {place}", "ENGINE")
        for place, (crash, fire, injured, deaths) in enumerate(product((False, True), (False, True), (0, 1, 3), (0, 1, 14)))
    ]
    return [record for record in records if record.least[0]], len(records)


async def ask(connection, path, body, key=None):
    while True:
        status, head, answer = await connection.send(
            "POST", path, json.dumps(body).encode(), f"idempotency-key: {key}\r\n" if key else "")
        if status != 429:
            break
        await asyncio.sleep(int(head.get("retry-after", "1")))
    if status not in (200, 201):
        raise Failed(f"POST {path}: {status}: {answer.decode()[:400]}")
    return json.loads(answer)


async def every(connections, items, work):
    left = iter(items)

    async def client(connection):
        for item in left:
            await work(connection, item)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(client(connection))


def judged():
    """The stored judgements of complaints: level and criteria, as often as they were judged."""
    run = subprocess.run(
        ["psql", "-qAt", "-F", " ", "-d", os.environ["AFTERSALES_DATABASE_OWNER_URL"], "-c",
         "select subject_id, coalesce(level, '-'), coalesce((select string_agg(m ->> 'criterion', ',')"
         " from jsonb_array_elements(matches) m), '-') from quality_classifications where resource = 'complaint' order by sequence"],
        capture_output=True, text=True, check=True, env=os.environ | {"PGOPTIONS": "-c app.scope=*"})  # fmt: skip
    found = {}
    for line in run.stdout.splitlines():
        subject, level, criteria = line.split(" ")
        found[subject] = (None if level == "-" else level, criteria.split(","))
    return found


def check(sentence, faults):
    print(f"not ok {sentence}\n  # {len(faults)}, the first: {'; '.join(faults[:3])}" if faults else f"ok {sentence}", flush=True)
    return not faults


def below(record, level, criteria):
    least, criterion = record.least
    return RANK[level] > RANK[least] or criterion not in criteria


async def main():
    parser = argparse.ArgumentParser(description="Levels of severe records of the public NHTSA layout.")
    parser.add_argument("csv", nargs="?", help="a CSV with a head line; left out: records made up")
    parser.add_argument("--clients", type=int, default=8, help="parallel connections")
    given = parser.parse_args()
    records, read_of = read(given.csv) if given.csv else synthetic()
    kinds = Counter(record.least[0] for record in records)
    print(
        f"casualties: {read_of} records, {len(records)} with a casualty, fire or crash: {kinds['level1']} with casualties"
        f" ({sum(record.deaths > 0 for record in records)} with a death), {kinds['level2']} without", flush=True)  # fmt: skip
    graders = [Connection(token("hqService")) for _ in range(1)]
    centre = token("callCentre")
    callers = [Connection(centre) for _ in range(given.clients)]

    wrong = []
    combinations = {json.dumps(record.facts, sort_keys=True): record for record in records}

    async def dry_run(connection, record):
        answer = await ask(connection, "/v1/quality-issues/classify", {"facts": record.facts})
        criteria = [match["criterion"] for match in answer["matches"]]
        if below(record, answer["level"], criteria):
            wrong.append(f"{record.facts}: {answer['level']} {criteria}")

    await every(graders, combinations.values(), dry_run)

    run = time.time_ns() // 1_000_000

    async def send(connection, record):
        record.id = (await ask(connection, "/v1/complaints", record.complaint, f"cas-{run}-{record.number}"))["id"]

    started = time.perf_counter()
    await every(callers, records, send)
    seconds = time.perf_counter() - started
    stored = judged()
    unknown = [record.number for record in records if record.id not in stored]
    fatal, hurt, damaged = [], [], []
    for record in records:
        level, criteria = stored.get(record.id, (None, []))
        if below(record, level, criteria):
            kind = fatal if record.deaths else hurt if record.injured else damaged
            kind.append(f"{record.number}: {level} {criteria}")
    print(f"casualties: {len(records)} complaints recorded and judged in {seconds:.1f} s", flush=True)
    passed = sum([
        check(f"no one of {len(combinations)} combinations of facts is graded below the criteria by the dry run", wrong),
        check("every complaint was judged when it was recorded", unknown),
        check("every record with a death is level 1 by L1-a (QI-10)", fatal),
        check("every record with somebody injured is level 1 by L1-a (QI-10)", hurt),
        check("every other crash or fire is level 2 at least, by L2-a (QI-14)", damaged),
    ])  # fmt: skip
    for connection in graders + callers:
        connection.close()
    print(f"{passed} passed, {5 - passed} failed")
    return 0 if passed == 5 else 1


if __name__ == "__main__":
    STATUS = 1
    try:
        STATUS = asyncio.run(main())
    except* Failed as group:
        for failure in group.exceptions:
            print(f"casualties: {failure}", file=sys.stderr)
    sys.exit(STATUS)
