"""The rounds of `make bench`: gate, slices, report. Started by run.sh, which prepares the database and says where things are."""

import csv
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import capture
import machine
import profile_server
import report

ENV = os.environ
ROWS = int(ENV["BENCH_ROWS"])
CUSTOMERS = int(ENV["BENCH_CUSTOMERS"])
ROUNDS = int(ENV.get("BENCH_ROUNDS") or 5)
SECONDS = int(ENV.get("BENCH_SECONDS") or 6)
CONNECTIONS = int(ENV.get("BENCH_CONNECTIONS") or 16)
POOL = int(ENV.get("BENCH_POOL") or 6)
OUT = ENV["BENCH_OUT"]
POSTMASTER = int(ENV["BENCH_POSTMASTER"])
SOCKET = ENV["BENCH_SOCKET"].strip('"')
PORT = ENV["BENCH_PORT"]
ORIGIN = 1008000000000000000

with open(ENV["BENCH_TOKENS"]) as file:
    *STATIONS, NETWORK = file.read().split()


class Failed(Exception):
    """Something did not work; how fast it was is no such thing."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def identity(number):
    return str(uuid.UUID(f"0198000000007{ORIGIN + number}"))


def psql(command):
    """As the cluster's superuser, whom row-level security does not bind."""
    run = subprocess.run(
        [ENV["BENCH_CLUSTER"], "dev", "psql", "-qAt", "-c", command, ENV["BENCH_DATABASE"]],
        capture_output=True, text=True, check=True)  # fmt: skip
    return run.stdout.strip()


def orders_opened():
    """How many orders were ever committed: numbers have no gaps, so their counters tell without counting the table."""
    return int(psql("select sum(last) from document_counters where kind = 'WO'"))


# --- The server


class Server:
    def __init__(self, url):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = os.path.join(OUT, "server.log")
        environment = ENV | {
            "AFTERSALES_DATABASE_URL": url,
            "AFTERSALES_SERVER_HOST": "127.0.0.1",
            "AFTERSALES_SERVER_PORT": str(self.port),
            # The quota would be what is measured.
            "AFTERSALES_LIMITS_REQUESTS_PER_MINUTE": "100000000",
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([ENV["AFTERSALES_BINARY"], "serve"], env=environment, stdout=log, stderr=log)
        self.pid = self.process.pid
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        self.stop()
        raise Failed(f"the server is not ready; see {self.log}")

    def ask(self, method, path, token=None, body=None, headers=None):
        """Status, JSON, headers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=body)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read() or b"null"), answer.headers

    def shed(self):
        """Requests that the overload guard refused so far."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            found = re.search(r"^http_server_requests_shed_total (\d+)", answer.read().decode(), re.M)
        return int(found[1]) if found else 0

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def order_body(person):
    with open(os.path.join(ENV["BENCH_LUA"], "work-order.json")) as file:
        return file.read().replace("@customer@", identity(person)).replace("@vehicle@", identity(person)).encode()


def opening(key):
    return {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}


# --- The statements: what the server sends becomes pgbench's scripts


def write_scripts():
    """Names of the files and the options that carry their constants, by load."""
    proxy = capture.Proxy(os.path.join(SOCKET, f".s.PGSQL.{PORT}"))
    url = f"postgresql://aftersales_app@127.0.0.1:{proxy.port}/{ENV['BENCH_DATABASE']}?sslmode=disable&gssencmode=disable"
    server = Server(url)
    try:
        station, order = 7, 7 + 200 * 3
        person = 7 + 200 * 5
        of_station = {str(uuid.UUID(identity(station))): ("0198000000007", "s")}

        def trips(call, marker):
            for _ in range(3):  # the first ones prepare, or read the token
                mark = proxy.mark()
                answer = call()
                if answer[0] not in (200, 201):
                    raise Failed(f"{marker}: answer {answer[0]}: {answer[1]}")
                found = proxy.since(mark)
            # What else happens meanwhile (tokens, background jobs) is in other trips; a transaction has its connection alone.
            marked = [(home, trip) for home, trip in found if any(marker in each.sql for each in trip)]
            if len({home for home, _ in marked}) != 1:
                raise Failed(f"{marker}: expected the trips of one connection, not of {[home for home, _ in marked]}")
            mine = [trip for home, trip in found if home == marked[0][0]]
            starts = [i for i, trip in enumerate(mine) if trip[0].sql == "begin"]
            return answer, mine[starts[-1] :] if starts else [trip for _, trip in marked]

        scripts, text = {}, []

        def add(name, settings, found, changing):
            script = capture.Script(name, settings, found, changing)
            path = os.path.join(OUT, f"{name}.pgbench")
            with open(path, "w") as file:
                file.write(script.text)
            scripts[name] = (path, script.options())
            text.append(f"---- {name}\n{capture.plain(found)}")

        pick = [f"\\set n {ORIGIN} + random(1, {ROWS})"]
        pick_station = [f"\\set s {ORIGIN} + random(1, 200)"]
        by_order = {identity(order): ("0198000000007", "n")}
        path = f"/v1/work-orders/{identity(order)}"
        _, found = trips(lambda: server.ask("GET", path, NETWORK), "work_orders")
        add("get-network", pick, found, by_order)
        _, found = trips(lambda: server.ask("GET", path, STATIONS[station - 1]), "work_orders")
        own = [*pick, f"\\set s {ORIGIN} + (:n - {ORIGIN} - 1) % 200 + 1"]
        add("get-station", own, found, by_order | of_station)
        _, found = trips(lambda: server.ask("GET", "/v1/work-orders?limit=20", STATIONS[station - 1]), "work_orders")
        add("list", pick_station, found, of_station)

        keys = []

        def post():
            keys.append(f"capture-{uuid.uuid4()}")
            return server.ask("POST", "/v1/work-orders", STATIONS[station - 1], order_body(person), opening(keys[-1]))

        (_, opened, _), found = trips(post, "insert into work_orders")
        changing = of_station | {
            identity(person): ("0198000000007", "k"),
            opened["number"]: ("WO-", "x"),
            keys[-1]: ("", "x"),
        }
        for statement in (each for trip in found for each in trip):
            # Identities made for this request: the first value of every insert but the counter's and the key's.
            if match := re.match(r"insert into (work_orders|job_lines|job_line_parts)\b", statement.sql):
                changing[statement.values[0]] = ("0198000000007", "x")
            elif statement.sql.startswith("insert into events"):
                made = [value for value, kind in zip(statement.values, statement.types) if capture.name_of(kind) == "uuid[]"]
                changing[made[0].strip('{}"')] = ("0198000000007", "x")
        settings = [
            *pick_station,
            f"\\set k :s + 200 * random(0, {CUSTOMERS // 200 - 1})",
            "\\set serial :serial + 1",
            "\\set x :base + :serial * 64 + :client_id",
        ]
        add("post", settings, found, changing)
        with open(os.path.join(OUT, "statements.sql"), "w") as file:
            file.write("\n".join(text))
        return scripts
    finally:
        server.stop()
        proxy.close()


# --- The gate: the same answers, the same effects, before anything is timed


def gate(server, scripts):
    def hold(condition, what):
        if not condition:
            raise Failed(f"gate: {what}")

    for _ in range(200):
        n = random.randint(1, ROWS)
        is_network = random.random() < 0.5
        token = NETWORK if is_network else STATIONS[(n - 1) % 200]
        status, order, headers = server.ask("GET", f"/v1/work-orders/{identity(n)}", token)
        hold(status == 200, f"GET answers {status}: {order}")
        hold(order["id"] == identity(n) and headers["ETag"] == f'"{order["version"]}"', f"GET of {n} answers another order")
        row = json.loads(psql(
            "select jsonb_build_array(number, state, station_id, customer_id, summary, odometer_km, estimate_total::text,"
            f" contact_phone, inspection is null) from work_orders where id = '{identity(n)}'"))  # fmt: skip
        estimate = order["estimate"] and order["estimate"]["total"]["amount"]
        contact = order["contact"] and order["contact"]["phone"]
        said = [order["number"], order["state"], order["stationId"], order["customerId"], order["summary"],
                order["odometerKm"], estimate, contact, order["inspection"] is None]  # fmt: skip
        if order["personalDataMasked"]:
            hold(contact is None or contact != row[7], "a masked telephone number is the stored one")
            said[7] = row[7]
        hold(said == row, f"GET of {n} says {said}, the table {row}")
    status, *_ = server.ask("GET", f"/v1/work-orders/{identity(2)}", STATIONS[0])
    hold(status == 404, f"another station's order answers {status}")
    for station in random.sample(range(1, 201), 10):
        status, page, _ = server.ask("GET", "/v1/work-orders?limit=20", STATIONS[station - 1])
        ids = psql(f"select id from work_orders where station_id = '{identity(station)}' order by created_at desc, id desc limit 20")
        hold(status == 200 and [item["id"] for item in page["items"]] == ids.split(), f"the list of station {station} differs")

    def counts():
        return [int(n) for n in psql(
            "select (select count(*) from work_orders), (select count(*) from job_lines), (select count(*) from events),"
            " (select count(*) from idempotency_keys)").split("|")]  # fmt: skip

    before = counts()
    for number in range(20):
        station = random.randint(1, 200)
        key, body = f"gate-{uuid.uuid4()}", order_body(station + 200 * random.randint(0, CUSTOMERS // 200 - 1))
        first = server.ask("POST", "/v1/work-orders", STATIONS[station - 1], body, opening(key))
        again = server.ask("POST", "/v1/work-orders", STATIONS[station - 1], body, opening(key))
        hold(first[0] == 201, f"POST answers {first[0]}: {first[1]}")
        hold(again[:2] == first[:2] and again[2]["Idempotency-Replayed"] == "true", "the second answer is no replay")
    after = counts()
    hold([b - a for a, b in zip(before, after)] == [20] * 4, f"20 orders made {before} into {after}")
    for name in scripts:
        pgbench(scripts, [name], 1, ["--transactions=20"])
    hold([b - a for a, b in zip(after, counts())] == [20] * 4, f"pgbench's 20 orders made {after} into {counts()}")
    say("gate passed: 200 orders, 10 lists, 20 openings with replay; pgbench leaves the same rows")


# --- Loads


def timed(command, environment=None):
    """Output and processor seconds of a program."""
    process = subprocess.Popen(
        command, env=ENV | (environment or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{command[0]} ended with {process.returncode}:\n{output}")
    return output, usage.ru_utime + usage.ru_stime


def wrk(server, script, seconds):
    shed = server.shed()
    output, processor = timed(
        ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--timeout", "10s",
         "--script", os.path.join(ENV["BENCH_LUA"], f"{script}.lua"), f"http://127.0.0.1:{server.port}/"],
        {"BENCH_HOST": f"127.0.0.1:{server.port}", "BENCH_SLICE": str(time.time_ns() // 1_000_000)})  # fmt: skip
    match = re.search(r"^RESULT (.*)$", output, re.M)
    if not match:
        raise Failed(f"wrk said nothing:\n{output}")
    result = json.loads(match[1])
    # On two cores that are full of generator and database the server may defend itself; that is no failure, nor a success.
    shed = server.shed() - shed
    count = result["requests"] - result["refused"]
    if result["refused"] > shed or result["broken"] or not count:
        raise Failed(f"{script}: of {result['requests']} requests {result['refused']} were refused ({shed} by the overload guard),"
                     f" {result['broken']} broke (is the quota raised? see {server.log})")  # fmt: skip
    return {
        "count": count, "shed": shed, "rate": count / result["microseconds"] * 1e6, "p50": result["p50"] / 1000, "p99": result["p99"] / 1000,
        "generator": processor,
    }  # fmt: skip


def pgbench(scripts, names, clients, extent):
    options = []
    for name in names:
        path, constants = scripts[name]
        options += ["--file", path, *constants]
    # New identities and numbers in every slice, above all earlier ones.
    base = ORIGIN + int(time.time() - 1_700_000_000) * 1_000_000
    output, processor = timed(
        [ENV["BENCH_PGBENCH"], "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs",
         str(min(clients, machine.CORES)), "--host", SOCKET, "--port", PORT, "--username", "aftersales_app",
         "--define=serial=0", f"--define=base={base}", *extent, *options, ENV["BENCH_DATABASE"]])  # fmt: skip
    count = int(re.search(r"number of transactions actually processed: (\d+)", output)[1])
    failed = re.search(r"number of failed transactions: (\d+)", output)
    if not count or (failed and int(failed[1])) or "aborted" in output:
        raise Failed(f"pgbench failed:\n{output}")
    return {
        "count": count, "rate": float(re.search(r"^tps = ([\d.]+)", output, re.M)[1]),
        "mean": float(re.search(r"latency average = ([\d.]+) ms", output)[1]), "generator": processor,
    }  # fmt: skip


def loads(server, scripts):
    """Name → how to run it for so many seconds, and whether it opens orders."""

    def direct(names, clients):
        return lambda seconds: pgbench(scripts, names, clients, [f"--time={seconds}"])

    return {
        "get": (lambda seconds: wrk(server, "get", seconds), False),
        "pgbench get": (direct(["get-network", "get-station"], CONNECTIONS), False),
        "list": (lambda seconds: wrk(server, "list", seconds), False),
        "pgbench list": (direct(["list"], CONNECTIONS), False),
        "post": (lambda seconds: wrk(server, "post", seconds), True),
        f"pgbench post c{POOL}": (direct(["post"], POOL), True),
        "pgbench post c32": (direct(["post"], 32), True),
        "livez": (lambda seconds: wrk(server, "livez", seconds), False),
    }


def slice_of(server, name, load, opens, seconds):
    opened = orders_opened() if opens and name == "post" else None
    busy, stolen = machine.machine_seconds()
    own, database = machine.processor_seconds(server.pid), machine.cluster_seconds(POSTMASTER)
    started = time.monotonic()
    result = load(seconds)
    lasted = time.monotonic() - started
    own = machine.processor_seconds(server.pid) - own
    database = machine.cluster_seconds(POSTMASTER) - database
    busy_now, stolen_now = machine.machine_seconds()
    if opened is not None:
        # What was answered is committed; what was under way at the end may be.
        opened = orders_opened() - opened
        if not result["count"] <= opened <= result["count"] + CONNECTIONS:  # none twice, none lost
            raise Failed(f"post: {result['count']} answers, but {opened} orders")
    whole = lasted * machine.CORES
    result |= {
        "load": name,
        "seconds": lasted,
        "server_ms": own / result["count"] * 1000,
        "database_ms": database / result["count"] * 1000,
        "generator_ms": result.pop("generator") / result["count"] * 1000,
        "steal": (stolen_now - stolen) / whole,
    }
    others = busy_now - busy - own - database - result["generator_ms"] * result["count"] / 1000
    result["others"] = max(0.0, others / whole)
    return result


def rounds(server, scripts):
    every = loads(server, scripts)
    names = list(every)
    say("warming up")
    for name in names:
        load, opens = every[name]
        slice_of(server, name, load, opens, 2 if SECONDS > 2 else 1)
    # Else the first slices that write would pay for the checkpoint of the seed.
    psql("checkpoint")
    slices = []
    for number in range(1, ROUNDS + 1):
        for place, name in enumerate(rotated(names, number), 1):
            load, opens = every[name]
            result = slice_of(server, name, load, opens, SECONDS)
            slices.append({"round": number, "place": place} | result)
        say(f"round {number} of {ROUNDS}")
    return slices


def rotated(names, number):
    """A load and its counterpart stay neighbours, so that both meet the same machine; who is first changes."""
    step = 2 * (number - 1) % len(names)
    order = names[step:] + names[:step]
    return order if number % 2 else order[::-1]


# --- From here


FIELDS = ["round", "place", "load", "count", "shed", "seconds", "rate", "p50", "p99", "mean", "server_ms", "database_ms",
          "generator_ms", "steal", "others"]  # fmt: skip


def write_slices(slices):
    path = os.path.join(OUT, f"slices-{time.strftime('%Y%m%d-%H%M%S')}.csv")
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for each in slices:
            writer.writerow({key: f"{value:.5g}" if isinstance(value, float) else value for key, value in each.items()})
    return path


def facts(loaded):
    settings = psql(
        "select string_agg(name || ' ' || current_setting(name), ', ' order by name) from pg_settings"
        " where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size')")  # fmt: skip
    version = psql("show server_version").split()[0]
    size = psql(f"select pg_size_pretty(pg_database_size('{ENV['BENCH_DATABASE']}'))")
    count = int(psql("select count(*) from work_orders"))
    probe = machine.fdatasync_microseconds(OUT)
    return [
        f"{machine.CORES} cores ({machine.processor_name()}), {machine.memory_gibibytes():.0f} GiB, Linux {os.uname().release}",
        f"PostgreSQL {version}: {settings}",
        f"8 KiB write + fdatasync {probe:.0f} µs; load before {loaded}",
        f"{count:,} work orders, database {size}, statements captured from the server (.run/bench/statements.sql)",
        f"{ROUNDS} rounds of {SECONDS} s slices, {CONNECTIONS} connections closed loop, server, PostgreSQL and generator"
        " on the same cores",
    ]


def main():
    loaded = machine.load()
    server = None
    try:
        open(os.path.join(OUT, "server.log"), "w").close()
        scripts = write_scripts()
        server = Server(ENV["AFTERSALES_DATABASE_URL"])
        gate(server, scripts)
        known = facts(loaded)
        idle = machine.resident_mebibytes(server.pid)
        slices = rounds(server, scripts)
        known.append(f"server's memory {idle:.0f} MiB before, {machine.resident_mebibytes(server.pid):.0f} MiB after")
        path = write_slices(slices)
        text = report.of(slices, known, POOL)
        if ENV.get("BENCH_PROFILE") == "1":
            text += "\n" + profile_server.of(server.pid, lambda: wrk(server, "get", 6), OUT)
        text += f"\nRaw slices: {os.path.relpath(path)}\n"
        with open(os.path.join(OUT, "report.txt"), "w") as file:
            file.write(text)
        print(text)
    except Failed as failure:
        say(failure)
        return 1
    except subprocess.CalledProcessError as failure:
        say(f"{failure}: {failure.stderr}")
        return 1
    finally:
        if server:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
