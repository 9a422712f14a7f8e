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
        with socket.socket() as probe, socket.socket() as metrics_probe:
            probe.bind(("127.0.0.1", 0))
            metrics_probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
            self.metrics_port = metrics_probe.getsockname()[1]
        self.log = os.path.join(OUT, "server.log")
        environment = ENV | {
            "AFTERSALES_DATABASE_URL": url,
            "AFTERSALES_SERVER_HOST": "127.0.0.1",
            "AFTERSALES_SERVER_PORT": str(self.port),
            "AFTERSALES_METRICS_PORT": str(self.metrics_port),
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
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
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
            if not starts:
                return answer, [trip for _, trip in marked]
            # What else the request does in transactions of its own is left out.
            ends = [*starts[1:], len(mine)]
            pieces = [mine[start:end] for start, end in zip(starts, ends)]
            return answer, [piece for piece in pieces if any(marker in each.sql for trip in piece for each in trip)][-1]

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
            elif statement.sql.startswith(("insert into events", "select record_personal_data_reads")):
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

    chosen = {identity(n): n for n in random.sample(range(1, ROWS + 1), 200)}
    stored = psql(
        "select jsonb_build_array(id, number, state, station_id, customer_id, summary, odometer_km, estimate_total::text,"
        f" inspection is null, contact_phone) from work_orders where id = any ('{{{','.join(chosen)}}}')")  # fmt: skip
    for line in stored.splitlines():
        *row, telephone = json.loads(line)
        n = chosen.pop(row[0])
        token = NETWORK if n % 2 else STATIONS[(n - 1) % 200]
        status, order, headers = server.ask("GET", f"/v1/work-orders/{row[0]}", token)
        hold(status == 200, f"GET answers {status}: {order}")
        hold(headers["ETag"] == f'"{order["version"]}"', f"GET of {n} has the wrong tag")
        estimate = order["estimate"] and order["estimate"]["total"]["amount"]
        said = [order["id"], order["number"], order["state"], order["stationId"], order["customerId"], order["summary"],
                order["odometerKm"], estimate, order["inspection"] is None]  # fmt: skip
        hold(said == row, f"GET of {n} says {said}, the table {row}")
        shown = order["contact"] and order["contact"]["phone"]
        is_right = (shown is None or shown != telephone) if order["personalDataMasked"] else shown == telephone
        hold(is_right, f"GET of {n} shows the telephone number {shown}")
    hold(not chosen, f"orders are missing from the table: {list(chosen)[:3]}")
    status, *_ = server.ask("GET", f"/v1/work-orders/{identity(2)}", STATIONS[0])
    hold(status == 404, f"another station's order answers {status}")
    for station in random.sample(range(1, 201), 10):
        status, page, _ = server.ask("GET", "/v1/work-orders?limit=20", STATIONS[station - 1])
        ids = psql(
            f"select id from work_orders where station_id = '{identity(station)}' order by created_at desc, id desc limit 20")
        hold(status == 200 and [item["id"] for item in page["items"]] == ids.split(), f"the list of station {station} differs")

    def counts():
        return [int(n) for n in psql(
            "select (select count(*) from work_orders), (select count(*) from job_lines), (select count(*) from events),"
            " (select count(*) from idempotency_keys), (select count(*) from personal_data_reads)").split("|")]  # fmt: skip

    before = counts()
    for number in range(20):
        station = random.randint(1, 200)
        key, body = f"gate-{uuid.uuid4()}", order_body(station + 200 * random.randint(0, CUSTOMERS // 200 - 1))
        first = server.ask("POST", "/v1/work-orders", STATIONS[station - 1], body, opening(key))
        again = server.ask("POST", "/v1/work-orders", STATIONS[station - 1], body, opening(key))
        hold(first[0] == 201, f"POST answers {first[0]}: {first[1]}")
        hold(again[:2] == first[:2] and again[2]["Idempotency-Replayed"] == "true", "the second answer is no replay")
    after = counts()
    hold([b - a for a, b in zip(before, after)] == [20] * 5, f"20 orders made {before} into {after}")
    for name in scripts:
        pgbench(scripts, [name], 1, ["--transactions=20"])
    hold([b - a for a, b in zip(after, counts())] == [20] * 5, f"pgbench's 20 orders made {after} into {counts()}")
    say("gate passed: 200 orders, 10 lists, 20 openings with replay; pgbench leaves the same rows")


# --- Loads


class Window:
    """The part of a slice that counts: processor time of everybody from `open` to `close`."""

    def __init__(self, server):
        self.server = server
        self.first = None

    def _now(self, generator):
        busy, stolen = machine.machine_seconds()
        return {
            "clock": time.monotonic(), "server": machine.processor_seconds(self.server.pid),
            "database": machine.cluster_seconds(POSTMASTER), "generator": machine.processor_seconds(generator),
            "busy": busy, "stolen": stolen,
        }  # fmt: skip

    def open(self, generator):
        self.first = self._now(generator)

    def close(self, generator):
        if not self.first:  # the generator ended before it began, which its exit status will say
            return
        last = self._now(generator)
        self.spent = {key: last[key] - self.first[key] for key in last}


def generate(command, environment=None, watch=None):
    """Runs a load generator; `watch` gets every line. Returns the output. The process is gone only after `watch` got None,
    until when its processor time can be read."""
    process = subprocess.Popen(
        command, env=ENV | (environment or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    lines = []
    for line in process.stdout:
        lines.append(line)
        if watch:
            watch(process.pid, line)
    if watch:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        watch(process.pid, None)
    if process.wait() != 0:
        raise Failed(f"{command[0]} ended with {process.returncode}:\n{''.join(lines)}")
    return "".join(lines)


def wrk(server, script, seconds, window):
    shed = server.shed()

    def watch(pid, line):
        if line is None:
            window.close(pid)
        elif line.startswith("Running"):
            window.open(pid)

    output = generate(
        ["stdbuf", "--output=L", "wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
         "--timeout", "10s", "--script", os.path.join(ENV["BENCH_LUA"], f"{script}.lua"), f"http://127.0.0.1:{server.port}/"],
        {"BENCH_HOST": f"127.0.0.1:{server.port}", "BENCH_SLICE": str(time.time_ns() // 1_000_000)}, watch)  # fmt: skip
    match = re.search(r"^RESULT (.*)$", output, re.M)
    if not match:
        raise Failed(f"wrk said nothing:\n{output}")
    result = json.loads(match[1])
    # On two cores that are full of generator and database the server may defend itself; that is no failure, nor a success.
    shed = server.shed() - shed
    count = result["requests"] - result["refused"]
    if result["refused"] > shed or result["broken"] or not count:
        raise Failed(f"{script}: of {result['requests']} requests {result['refused']} were refused ({shed} by the overload"
                     f" guard), {result['broken']} broke (is the quota raised? see {server.log})")  # fmt: skip
    return {
        "count": count, "shed": shed, "rate": count / result["microseconds"] * 1e6,
        "p50": result["p50"] / 1000, "p99": result["p99"] / 1000,
    }  # fmt: skip


def pgbench(scripts, names, clients, extent, watch=None):
    options = []
    for name in names:
        path, constants = scripts[name]
        options += ["--file", path, *constants]
    # New identities and numbers in every slice, above all earlier ones.
    base = ORIGIN + int(time.time() - 1_700_000_000) * 1_000_000
    output = generate(
        [ENV["BENCH_PGBENCH"], "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs",
         str(min(clients, machine.CORES)), "--host", SOCKET, "--port", PORT, "--username", "aftersales_app",
         "--define=serial=0", f"--define=base={base}", *extent, *options, ENV["BENCH_DATABASE"]], None, watch)  # fmt: skip
    failed = re.search(r"number of failed transactions: (\d+)", output)
    if (failed and int(failed[1])) or "aborted" in output:
        raise Failed(f"pgbench failed:\n{output}")


def pgbench_for(scripts, names, clients, seconds, window):
    """The first second of its new connections, which read the catalogue and plan, does not count: the server's are warm."""
    rates, latencies = [], []

    def watch(pid, line):
        match = line and re.match(r"progress: ([\d.]+) s, ([\d.]+) tps, lat ([\d.]+) ms", line)
        if not match:
            return
        second = round(float(match[1]))
        if second == 1:
            window.open(pid)
        elif second <= seconds + 1:
            rates.append(float(match[2]))
            latencies.append(float(match[3]))
            if second == seconds + 1:
                window.close(pid)

    pgbench(scripts, names, clients, [f"--time={seconds + 2}", "--progress=1"], watch)
    if len(rates) != seconds or not sum(rates):
        raise Failed(f"pgbench reported {len(rates)} of {seconds} seconds")
    rate = statistics.mean(rates)
    mean = sum(each * latency for each, latency in zip(rates, latencies)) / sum(rates)
    return {"count": round(rate * window.spent["clock"]), "rate": rate, "mean": mean}


def loads(server, scripts):
    """Name → what runs it for so many seconds of a window."""

    def over_http(script):
        return lambda seconds, window: wrk(server, script, seconds, window)

    def direct(names, clients):
        return lambda seconds, window: pgbench_for(scripts, names, clients, seconds, window)

    return {
        "get": over_http("get"),
        "pgbench get": direct(["get-network", "get-station"], CONNECTIONS),
        "list": over_http("list"),
        "pgbench list": direct(["list"], CONNECTIONS),
        "post": over_http("post"),
        f"pgbench post c{POOL}": direct(["post"], POOL),
        "pgbench post c32": direct(["post"], 32),
        "livez": over_http("livez"),
    }


def slice_of(server, name, load, seconds):
    opened = orders_opened() if name == "post" else None
    window = Window(server)
    result = load(seconds, window)
    if opened is not None:
        # What was answered is committed; what was under way at the end may be.
        opened = orders_opened() - opened
        if not result["count"] <= opened <= result["count"] + CONNECTIONS:
            raise Failed(f"post: {result['count']} answers, but {opened} orders")
    spent = window.spent
    whole = spent["clock"] * machine.CORES
    own = spent["server"] + spent["database"] + spent["generator"]
    return {"load": name, "seconds": spent["clock"]} | result | {
        "server_ms": spent["server"] / result["count"] * 1000,
        "database_ms": spent["database"] / result["count"] * 1000,
        "generator_ms": spent["generator"] / result["count"] * 1000,
        "steal": spent["stolen"] / whole,
        "others": max(0.0, (spent["busy"] - own) / whole),
    }  # fmt: skip


def rounds(server, scripts):
    every = loads(server, scripts)
    names = list(every)
    say("warming up")
    for name in names:
        slice_of(server, name, every[name], 1)
    # Else the first slices that write would pay for the checkpoint of the seed.
    psql("checkpoint")
    slices = []
    for number in range(1, ROUNDS + 1):
        for place, name in enumerate(rotated(names, number), 1):
            result = slice_of(server, name, every[name], SECONDS)
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
            for load in ("get", "list", "post"):
                text += "\n" + profile_server.of(server.pid, load, lambda: wrk(server, load, 6, Window(server)), OUT)
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
