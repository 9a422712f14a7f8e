"""Medians, spreads and ratios of the slices, as text."""

import statistics


def of(slices, facts, pool):
    by_load = {}
    for each in slices:
        by_load.setdefault(each["load"], {})[each["round"]] = each
    lines = ["", "Measured on", *(f"  {fact}" for fact in facts), ""]
    lines += table(by_load) + [""] + ratios(by_load, pool) + [""] + costs(by_load) + [""] + aims(by_load) + [""]
    shed = sum(each.get("shed", 0) for each in slices)
    if shed:
        lines.append(f"The overload guard refused {shed} requests; they count nowhere, but for the time they took")
    noisy = [each for each in slices if each["steal"] > 0.05 or each["others"] > 0.10]
    if noisy:
        lines.append(
            f"{len(noisy)} of {len(slices)} slices shared the machine (steal over 5 % or others over 10 % of it), none left"
            " out: " + ", ".join(f"{each['load']} #{each['round']}" for each in noisy))  # fmt: skip
    return "\n".join(lines) + "\n"


def median(by_load, load, field):
    return statistics.median(each[field] for each in by_load[load].values())


def spread(values, digits):
    values = list(values)
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(by_load):
    rows = [["", "per second", "p50 ms", "p99 ms", "CPU-ms server", "CPU-ms PostgreSQL", "CPU-ms generator"]]
    for load, found in by_load.items():
        each = list(found.values())
        is_http = "p99" in each[0]
        rows.append([
            load,
            spread((one["rate"] for one in each), 0),
            f"{statistics.median(one['p50'] if is_http else one['mean'] for one in each):.1f}" + ("" if is_http else " mean"),
            f"{statistics.median(one['p99'] for one in each):.1f}" if is_http else "",
            spread((one["server_ms"] for one in each), 3) if is_http else "",
            spread((one["database_ms"] for one in each), 3) if load != "livez" else "",
            f"{statistics.median(one['generator_ms'] for one in each):.3f}",
        ])  # fmt: skip
    order = ["get", "pgbench get", "list", "pgbench list", "post"]
    body = sorted(rows[1:], key=lambda row: (order.index(row[0]) if row[0] in order else 9, row[0] == "livez"))
    return grid([rows[0], *body], "Medians (least–most) over the rounds; per request or transaction")


def ratios(by_load, pool):
    rows = [["", "per second", "CPU-ms, server and PostgreSQL ÷ PostgreSQL", "CPU-ms, PostgreSQL alone"]]
    for load, peer in pairs(pool):
        ours, theirs = by_load[load], by_load[peer]
        rows.append([
            f"{load} ÷ {peer}",
            spread((ours[n]["rate"] / theirs[n]["rate"] for n in ours), 2),
            spread(((ours[n]["server_ms"] + ours[n]["database_ms"]) / theirs[n]["database_ms"] for n in ours), 2),
            spread((ours[n]["database_ms"] / theirs[n]["database_ms"] for n in ours), 2),
        ])  # fmt: skip
    return grid(rows, "Ratios within a round: the server ÷ pgbench with the same statements")


def pairs(pool):
    return [("get", "pgbench get"), ("list", "pgbench list"), ("post", f"pgbench post c{pool}"), ("post", "pgbench post c32")]


def costs(by_load):
    """Where the processor time of one request goes, by process; the edge is what /livez costs."""
    edge = median(by_load, "livez", "server_ms")
    rows = [["", "HTTP and edge (as /livez)", "rest of the server", "PostgreSQL", "together"]]
    for load in ("get", "list", "post"):
        server, database = median(by_load, load, "server_ms"), median(by_load, load, "database_ms")
        whole = server + database
        parts = [edge, server - edge, database]
        rows.append([load, *(f"{part:.3f} ({part / whole:.0%})" for part in parts), f"{whole:.3f}"])
    return grid(rows, "What costs most: CPU-ms per request")


def aims(by_load):
    def ratio(load, peer):
        return statistics.median(each["rate"] / by_load[peer][n]["rate"] for n, each in by_load[load].items())

    found = [
        ("P1", "GET, server", median(by_load, "get", "server_ms"), "≤", 0.080, "CPU-ms"),
        ("P1", "GET, PostgreSQL", median(by_load, "get", "database_ms"), "≤", 0.045, "CPU-ms"),
        ("P2", "list of 20, server", median(by_load, "list", "server_ms"), "≤", 0.12, "CPU-ms"),
        ("P2", "POST, server", median(by_load, "post", "server_ms"), "≤", 0.16, "CPU-ms"),
        ("P4", "GET ÷ pgbench", ratio("get", "pgbench get"), "≥", 0.35, ""),
        ("P4", "POST ÷ pgbench c32", ratio("post", "pgbench post c32"), "≥", 0.70, ""),
    ]
    rows = [["", "", "measured", "aim", ""]]
    for name, what, value, sign, aim, unit in found:
        is_reached = value <= aim if sign == "≤" else value >= aim
        verdict = "reached" if is_reached else "NOT reached"
        rows.append([name, what, f"{value:.3f}", f"{sign} {aim:g} {unit}".strip(), verdict])
    return grid(rows, "Aims (medians)")


def grid(rows, title):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [title]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines
