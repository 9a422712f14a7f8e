"""What every proof needs: a PostgreSQL cluster that may be killed, servers, callers, and writes that can be counted.
Standard library only."""

import collections
import glob
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, ".run", "prove")
CLUSTER = os.path.join(ROOT, "db", "scripts", "cluster.sh")
BINARY = os.environ["AFTERSALES_BINARY"]
DATABASE = "prove"
STATIONS = ["SY001", "DL001", "BJ001", "TJ001", "GZ001", "NN001"]
IS_LONG = bool(os.environ.get("PROVE_LONG"))


class Failed(Exception):
    """A promise that was broken, or a trial that could not be made."""


def say(text):
    print(f"prove: {text}", file=sys.stderr, flush=True)


def pick(short, long):
    return long if IS_LONG else short


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise Failed(f"{what} did not happen within {seconds} s")


# --- PostgreSQL


class Cluster:
    def __init__(self):
        self.start()
        self.run("psql", "--quiet", "--output=/dev/null", "--file", "-", "postgres", stdin=self.bootstrap())
        self.run("psql", "-qc", f"create database {DATABASE} owner aftersales_owner template template0", "postgres")

    @staticmethod
    def bootstrap():
        with open(os.path.join(ROOT, "db", "scripts", "bootstrap.sql"), encoding="utf-8") as file:
            return file.read()

    @staticmethod
    def run(*arguments, stdin=None):
        done = subprocess.run([CLUSTER, "prove", *arguments], input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"cluster.sh {arguments[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout.strip()

    def start(self):
        self.run("start")

    def sql(self, text):
        return self.run("psql", "-qAtc", text, DATABASE)

    def set(self, **settings):
        """Changes settings until `reset`."""
        for name, value in settings.items():
            self.sql(f"alter system set {name} = '{value}'")
        self.sql("select pg_reload_conf()")
        time.sleep(0.3)

    def reset(self):
        self.sql("alter system reset all")
        self.sql("select pg_reload_conf()")
        time.sleep(0.3)

    def kill(self):
        """kill -9 of the postmaster and everything it started, as a machine that loses PostgreSQL at once."""
        with open(os.path.join(self.run("data"), "postmaster.pid"), encoding="utf-8") as file:
            postmaster = int(file.readline())
        children = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="utf-8") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == postmaster:
                children.append(int(path.split("/")[2]))
        for process in [postmaster, *children]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def check(self):
        """What pg_amcheck finds in tables and indexes; nothing is good."""
        return self.run("amcheck", DATABASE)

    def url(self, role):
        return self.run("url", role, DATABASE)


# --- The product


class Product:
    """The executable with its configuration; makes tokens and servers."""

    def __init__(self, cluster):
        secret = os.path.join(OUT, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32))
        self.environment = os.environ | {
            "AFTERSALES_ENVIRONMENT": "development",
            "AFTERSALES_DATABASE_URL": cluster.url("aftersales_app"),
            "AFTERSALES_DATABASE_OWNER_URL": cluster.url("aftersales_owner"),
            "AFTERSALES_SECRET_FILE": secret,
            "AFTERSALES_LOG_LEVEL": "warning",
            "AFTERSALES_LIMITS_REQUESTS_PER_MINUTE": "100000000",
        }
        self.command("migrate")
        self.command("demo")
        self.tokens = {
            s: self.command("token", "issue", "--role=stAdviser", f"--station={s}", "--ttl=12h", "--name=prove")
            for s in STATIONS
        }

    def command(self, *arguments):
        done = subprocess.run([BINARY, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"aftersales {arguments[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout.strip()


class Server:
    """`aftersales serve` on a port of its own; started again, on the same."""

    def __init__(self, product, unsafe=False):
        self.product, self.unsafe = product, unsafe
        self.port = free_port()
        self.start()

    def start(self):
        self.log = open(os.path.join(OUT, "server.log"), "a", encoding="utf-8")
        arguments = ["serve", "--no-workers", "--host=127.0.0.1", f"--port={self.port}"]
        if self.unsafe:
            arguments.append("--allow-unsafe-settings")
        self.process = subprocess.Popen(
            [BINARY, *arguments], cwd=ROOT, env=self.product.environment, stdout=subprocess.DEVNULL, stderr=self.log
        )
        wait_until(self.is_ready, 30, "the start of a server")

    def is_ready(self):
        if self.process.poll() is not None:
            raise Failed("the server did not start; see .run/prove/server.log")
        return self.readiness() == 200

    def readiness(self):
        """The status of /readyz; `None` when nobody answers."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self):
        self.process.terminate()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()


# --- Writes whose effect can be counted


Reply = collections.namedtuple("Reply", "status headers body")


class Operation:
    """Opens one work order; its summary tells in the database whose effect a row is."""

    def __init__(self, station, group):
        self.name = f"{group} {uuid.uuid4()}"
        self.station = station
        self.key = uuid.uuid4().hex
        self.replies = []


class Caller:
    """A connection to a server that is opened again when it breaks. For one thread."""

    def __init__(self, customers, tokens, port, timeout=60):
        self.customers, self.tokens, self.port, self.timeout = customers, tokens, port, timeout
        self.connection = None
        # Why there was no answer the last time.
        self.trouble = ""

    def request(self, method, path, token, body=None, headers=None):
        """`None`: no answer, or not all of it; what happened is not known."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.connection.request(method, path, body, {"Authorization": f"Bearer {token}"} | (headers or {}))
            answer = self.connection.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return Reply(answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), content)
        except (OSError, http.client.HTTPException) as trouble:
            self.trouble = type(trouble).__name__
            self.close()
            return None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, operation, key=None):
        body = {"customerId": self.customers[operation.station], "summary": operation.name}
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key or operation.key}"'}
        return self.request(
            "POST", "/v1/work-orders", self.tokens[operation.station], json.dumps(body).encode(), headers
        )

    def settle(self, operation, seconds=60):
        """Repeats with the same key until the answer is definite, and returns it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            reply = self.send(operation)
            if reply and reply.status == 201:
                return reply
            if reply and reply.status not in (409, 429) and reply.status < 500:
                raise Failed(f"{reply.status} for a repetition: {reply.body[:300]!r}")
            time.sleep(0.1)
        raise Failed(f"no definite answer within {seconds} s")


class World:
    """Cluster, product, and a customer of every station."""

    def __init__(self):
        self.cluster = Cluster()
        self.product = Product(self.cluster)
        server = Server(self.product)
        self.customers = {}
        for station in STATIONS:
            reply = Caller({}, {}, server.port).request(
                "POST",
                "/v1/customers",
                self.product.tokens[station],
                json.dumps({"kind": "person", "name": "证明", "phone": "13840012345"}).encode(),
                {"Content-Type": "application/json", "Idempotency-Key": f'"{uuid.uuid4().hex}"'},
            )
            if not reply or reply.status != 201:
                raise Failed(f"no customer could be made: {reply}")
            self.customers[station] = json.loads(reply.body)["id"]
        server.end()

    def caller(self, port, timeout=60):
        return Caller(self.customers, self.product.tokens, port, timeout)

    def effects(self, group):
        """How often each operation of the group happened."""
        rows = self.cluster.sql(
            f"select summary, count(*) from work_orders where summary like '{group} %' group by summary"
        )
        return {name: int(count) for name, count in (row.split("|") for row in rows.splitlines())}


class Writers:
    """Threads that open work orders, one after the other, until they are stopped."""

    def __init__(self, world, port, group, count=12):
        self.acknowledged, self.unknown, self.refused = [], [], []
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self.write, args=(world.caller(port), STATIONS[n % len(STATIONS)], group))
            for n in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def write(self, caller, station, group):
        while not self.stopping.is_set():
            operation = Operation(station, group)
            reply = caller.send(operation)
            with self.lock:
                if reply and reply.status == 201:
                    self.acknowledged.append(operation)
                elif reply and reply.status < 500:
                    self.refused.append((operation, reply))
                else:
                    self.unknown.append(operation)
            if not reply or reply.status != 201:
                time.sleep(0.02)
        caller.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        if self.refused:
            raise Failed(f"{len(self.refused)} writes were refused, the first: {self.refused[0][1]}")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def problem_type(reply):
    match = re.search(rb'"type":"([^"]*)"', reply.body)
    return match.group(1).decode() if match else ""
