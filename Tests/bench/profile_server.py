"""Where the server's time goes under a load: perf's samples by module, by function, by function of ours."""

import collections
import os
import re
import shutil
import subprocess
import threading

TOP = 25
PRODUCT = {"API", "Domain", "Postgres", "Repositories", "Services", "Workers", "aftersales"}
# One frame of perf script: address, symbol, (library).
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \((.*)\)$")
# A mangled Swift name begins with the length of its module's name and the name.
MODULE = re.compile(r"^\$[sS](\d+)")


def of(pid, name, load, out):
    """Runs `load` (a slice of some seconds, called `name`) under perf; what perf found, or why there is nothing, as text."""
    perf = shutil.which("perf")
    if not perf:
        return "Profile: perf is not installed (apt-get install linux-perf).\n"
    data = os.path.join(out, "perf.data")
    # The clock of the kernel, because virtual machines often have no counters.
    command = [perf, "record", "-F", "499", "-e", "cpu-clock", "-g", "-o", data, "-p", str(pid), "--", "sleep", "5"]
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
    stacks = list(read(perf, data))
    if not stacks:
        return "Profile: perf took no samples.\n"
    lines = [
        f"Profile of {name}: {len(stacks)} samples of the server's processor time ({result['rate']:.0f} requests/s meanwhile)",
        "  By module, with what it calls in runtime, C library and kernel",
        *table(collections.Counter(module(stack) for stack in stacks), len(stacks), 15, str),
        "  By library, the instructions alone",
        *table(collections.Counter(os.path.basename(stack[0][1]) for stack in stacks), len(stacks), 8, str),
        f"  The {TOP} functions that take most by themselves",
        *table(collections.Counter(stack[0][0] for stack in stacks), len(stacks), TOP, demangled),
        f"  The {TOP} functions of ours that take most, with what they call outside our modules",
        *table(collections.Counter(ours(stack) for stack in stacks), len(stacks), TOP, demangled),
    ]
    return "\n".join(lines) + "\n"


def read(perf, data):
    """Stacks, leaf first: (symbol, library)."""
    run = subprocess.run([perf, "script", "-i", data, "-F", "ip,sym,dso"], capture_output=True, text=True)
    stack = []
    for line in [*run.stdout.splitlines(), ""]:
        if match := FRAME.match(line):
            stack.append((re.sub(r"\+0x[0-9a-f]+$", "", match[1]), match[2]))
        elif stack:
            yield stack
            stack = []


def module_of(symbol, library):
    if match := MODULE.match(symbol):
        start = match.end()
        return symbol[start : start + int(match[1])]
    return "libpq" if "libpq" in library else None


def module(stack):
    """Of the nearest frame that belongs to one; the runtime, the C library and the kernel work for who calls them."""
    return next((name for frame in stack if (name := module_of(*frame))), "(runtime, kernel: nobody known)")


def ours(stack):
    return next((symbol for symbol, library in stack if module_of(symbol, library) in PRODUCT), "(none of ours)")


def table(counter, whole, limit, naming):
    found = counter.most_common(limit)
    names = naming([name for name, _ in found]) if naming is demangled else [name for name, _ in found]
    return [f"    {count / whole:6.1%}  {name}" for (_, count), name in zip(found, names)]


def demangled(names):
    swift = shutil.which("swift")
    if not swift:
        return names
    run = subprocess.run([swift, "demangle", "--simplified", "--compact"], input="\n".join(names), capture_output=True, text=True)
    texts = run.stdout.splitlines()
    return [text[:140] for text in texts] if len(texts) == len(names) else names
