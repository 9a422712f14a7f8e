"""Where the server's time goes while it reads work orders: perf's samples by library and by function."""

import os
import re
import shutil
import subprocess
import threading

TOP = 25


def of(pid, load, out):
    """Runs `load` (a slice of some seconds) under perf; what perf found, or why there is nothing, as text."""
    perf = shutil.which("perf")
    if not perf:
        return "Profile: perf is not installed (apt-get install linux-perf).\n"
    data = os.path.join(out, "perf.data")
    # The clock of the kernel, because virtual machines often have no counters.
    command = [perf, "record", "-F", "999", "-e", "cpu-clock", "-o", data, "-p", str(pid), "--", "sleep", "5"]
    recorder = {}

    def record():
        recorder["run"] = subprocess.run(command, capture_output=True, text=True)

    thread = threading.Thread(target=record)
    thread.start()
    result = load()
    thread.join()
    run = recorder["run"]
    if run.returncode != 0 or not os.path.exists(data):
        return f"Profile: perf does not work here: {(run.stderr or run.stdout).strip().splitlines()[-1:]}\n"
    lines = [f"Profile of GET ({result['rate']:.0f} requests/s meanwhile), share of the server's processor time"]
    for share, name in rows(perf, data, "dso", 1.0):
        lines.append(f"  {share:6.2f} %  {name}")
    lines.append(f"  The {TOP} functions that take most by themselves")
    found = rows(perf, data, "dso,symbol", 0.0)[:TOP]
    for (share, _), name in zip(found, demangled([name for _, name in found])):
        lines.append(f"  {share:6.2f} %  {name}")
    return "\n".join(lines) + "\n"


def rows(perf, data, sort, least):
    run = subprocess.run(
        [perf, "report", "-i", data, "--stdio", "--no-children", "--sort", sort, "-F", f"overhead,{sort}"],
        capture_output=True, text=True)  # fmt: skip
    found = []
    for line in run.stdout.splitlines():
        match = re.match(r"\s*([\d.]+)%\s+(.*\S)", line)
        if match and float(match[1]) >= least:
            found.append((float(match[1]), match[2]))
    return found


def demangled(names):
    swift = shutil.which("swift")
    if not swift:
        return names
    run = subprocess.run([swift, "demangle", "--simplified", "--compact"], input="\n".join(names), capture_output=True, text=True)
    texts = run.stdout.splitlines()
    return [re.sub(r"\s{2,}", "  ", text)[:150] for text in texts] if len(texts) == len(names) else names
