"""Reads the statements that the server really sends, and writes pgbench scripts that send the same.

A proxy between server and PostgreSQL takes down every Parse and Bind up to each Sync (one trip). So the scripts follow the
server by themselves when its SQL changes, and pgbench does neither less nor more than the server asks for. Two differences
stay, both of well under a microsecond a value: pgbench takes results as text where the server takes them binary, and has no
UUIDs, so that an identity that changes is a literal and a number put together by PostgreSQL.
"""

import datetime
import re
import socket
import struct
import threading
import time
import uuid

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


class Statement:
    def __init__(self, sql, types, values):
        self.sql = sql
        self.types = types
        self.values = values  # decoded to PostgreSQL's text form; None is null


class Proxy:
    """Forwards connections from a loopback port to PostgreSQL's unix socket."""

    def __init__(self, target):
        self.target = target
        self.trips = []  # (connection, [Statement])
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _accept(self):
        number = 0
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            number += 1
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            self.sockets += [client, server]
            recorder = Recorder(self, number)
            threading.Thread(target=pump, args=(client, server, recorder.take), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, None), daemon=True).start()

    def add(self, connection, statements):
        with self.lock:
            self.trips.append((connection, statements))

    def mark(self):
        with self.lock:
            return len(self.trips)

    def since(self, mark):
        with self.lock:
            return self.trips[mark:]


def pump(source, sink, watch):
    try:
        while data := source.recv(65536):
            # Seen before it is sent: when the answer is there, its statements are in the list.
            if watch:
                watch(data)
            sink.sendall(data)
    except OSError:
        pass
    for each in (source, sink):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Recorder:
    """Follows the client's half of one connection."""

    def __init__(self, proxy, number):
        self.proxy = proxy
        self.number = number
        self.buffer = b""
        self.started = False
        self.prepared = {}
        self.statements = []

    def take(self, data):
        self.buffer += data
        while True:
            head = 5 if self.started else 4
            if len(self.buffer) < head:
                return
            (length,) = struct.unpack_from("!I", self.buffer, head - 4)
            end = head - 4 + length
            if len(self.buffer) < end:
                return
            message, self.buffer = self.buffer[:end], self.buffer[end:]
            if self.started:
                self._message(message[:1], message[5:])
            else:
                (code,) = struct.unpack_from("!I", message, 4)
                self.started = code not in (SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST)

    def _message(self, kind, body):
        if kind == b"P":
            name, query, rest = body.split(b"\0", 2)
            (count,) = struct.unpack_from("!H", rest)
            self.prepared[name] = (query.decode(), struct.unpack_from(f"!{count}I", rest, 2))
        elif kind == b"B":
            self.statements.append(self._bound(body))
        elif kind == b"S":
            if self.statements:
                self.proxy.add(self.number, self.statements)
            self.statements = []

    def _bound(self, body):
        _, name, rest = body.split(b"\0", 2)
        sql, types = self.prepared[name]
        (count,) = struct.unpack_from("!H", rest)
        formats = struct.unpack_from(f"!{count}H", rest, 2)
        at = 2 + 2 * count
        (count,) = struct.unpack_from("!H", rest, at)
        at += 2
        types = [types[i] if i < len(types) and types[i] else 25 for i in range(count)]
        values = []
        for i in range(count):
            (length,) = struct.unpack_from("!i", rest, at)
            at += 4
            if length < 0:
                values.append(None)
                continue
            raw = rest[at : at + length]
            at += length
            is_binary = (formats[i] if len(formats) > 1 else formats[0] if formats else 0) == 1
            values.append(text_of(raw, types[i]) if is_binary else raw.decode())
        return Statement(sql, types, values)


# Type oid: name, and for arrays the oid of the element.
TYPES = {
    16: "bool", 17: "bytea", 20: "int8", 21: "int2", 23: "int4", 25: "text", 701: "float8", 1042: "bpchar", 1043: "varchar",
    1082: "date", 1184: "timestamptz", 1700: "numeric", 2950: "uuid", 3802: "jsonb", 5069: "xid8",
}  # fmt: skip
ARRAYS = {1000: 16, 1001: 17, 1005: 21, 1007: 23, 1009: 25, 1016: 20, 1182: 1082, 1185: 1184, 1231: 1700, 2951: 2950, 3807: 3802}


def name_of(oid):
    return TYPES[ARRAYS[oid]] + "[]" if oid in ARRAYS else TYPES[oid]


def text_of(raw, oid):
    """PostgreSQL's binary form as its text form."""
    if oid in ARRAYS:
        dimensions, _, element = struct.unpack_from("!iiI", raw)
        if dimensions == 0:
            return "{}"
        assert dimensions == 1, "arrays of one dimension only"
        (count,) = struct.unpack_from("!i", raw, 12)
        at, items = 20, []
        for _ in range(count):
            (length,) = struct.unpack_from("!i", raw, at)
            at += 4
            if length < 0:
                items.append("null")
                continue
            item = text_of(raw[at : at + length], element)
            at += length
            items.append('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"')
        return "{" + ",".join(items) + "}"
    match TYPES[oid]:
        case "bool":
            return "true" if raw[0] else "false"
        case "int2" | "int4" | "int8" | "xid8":
            return str(int.from_bytes(raw, "big", signed=True))
        case "uuid":
            return str(uuid.UUID(bytes=bytes(raw)))
        case "bytea":
            return "\\x" + raw.hex()
        case "jsonb":
            return raw[1:].decode()
        case "float8":
            return repr(struct.unpack("!d", raw)[0])
        case "date":
            (days,) = struct.unpack("!i", raw)
            return str(datetime.date(2000, 1, 1) + datetime.timedelta(days=days))
        case "timestamptz":
            (microseconds,) = struct.unpack("!q", raw)
            return (datetime.datetime(2000, 1, 1) + datetime.timedelta(microseconds=microseconds)).isoformat() + "Z"
        case "numeric":
            return numeric_text(raw)
        case _:
            return raw.decode()


def numeric_text(raw):
    count, weight, sign, scale = struct.unpack_from("!hhHH", raw)
    digits = struct.unpack_from(f"!{count}h", raw, 8)
    value = sum(digit * 10000 ** (count - 1 - i) for i, digit in enumerate(digits))
    shift = weight - count + 1  # of the last digit, in powers of 10000
    scaled = value * 10 ** (4 * shift + scale) if 4 * shift + scale >= 0 else value // 10 ** -(4 * shift + scale)
    text = str(scaled).rjust(scale + 1, "0")
    whole = text[: len(text) - scale] + ("." + text[len(text) - scale :] if scale else "")
    return ("-" if sign == 0x4000 else "") + whole


class Script:
    """One pgbench script: the trips of one operation, its changing values as expressions over pgbench's variables."""

    def __init__(self, name, settings, trips, changing):
        """
        name: of its constants' variables, which all scripts of one pgbench share.
        settings: lines that set variables before the trips.
        changing: text in a bound value → a literal and the variable that follows it.
        """
        self.name = re.sub(r"\W", "_", name)
        self.constants = {}
        self.changing = changing
        lines = list(settings)
        for statements in trips:
            lines.append("\\startpipeline")
            lines += [self._statement(each) for each in statements]
            lines.append("\\endpipeline")
        self.text = "\n".join(lines) + "\n"

    def _statement(self, statement):
        def value(match):
            index = int(match[1]) - 1
            return self._value(statement.values[index], name_of(statement.types[index]))

        return re.sub(r"\$(\d+)", value, statement.sql) + ";"

    def _value(self, text, kind):
        if text is None:
            return f"(null::{kind})"
        # A sealed text can be read in the row alone for which it was sealed; what pgbench writes is of another row.
        if kind == "text" and text.startswith("aes256gcm:"):
            text = "13800138000"
        # pgbench takes no empty variable.
        if text == "":
            return f"(''::{kind})"
        # Answers and records hold identities too; taken apart they would cost what the server does not ask for.
        if kind not in ("bytea", "jsonb", "jsonb[]"):
            pieces = self._pieces(text)
            if pieces:
                return f"(({' || '.join(pieces)})::{kind})"
        name = self.constants.setdefault((text, kind), f"{self.name}_{len(self.constants)}")
        return f"(:{name}::{kind})"

    def _pieces(self, text):
        found = re.split("(" + "|".join(re.escape(each) for each in self.changing) + ")", text)
        if len(found) == 1:
            return None
        pieces = []
        for each in found:
            if each in self.changing:
                literal, variable = self.changing[each]
                pieces += [f"'{literal}'", f":{variable}"]
            elif each:
                pieces.append("'" + each.replace("'", "''") + "'")
        return pieces

    def options(self):
        return [f"--define={name}={text}" for (text, _), name in self.constants.items()]


def plain(trips):
    """For people: statements and values of an operation."""
    lines = []
    for number, statements in enumerate(trips, 1):
        lines.append(f"-- trip {number}")
        for each in statements:
            lines.append(each.sql + ";")
            if each.values:
                lines.append("  -- " + ", ".join("null" if v is None else v[:80].replace("\n", " ") for v in each.values))
    return "\n".join(lines) + "\n"
