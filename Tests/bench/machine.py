"""What /proc knows: processor time of processes, load, steal; and how long an fdatasync takes."""

import os
import statistics
import time

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def processor_seconds(pid):
    """User and system time of one process so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICK


def cluster_seconds(postmaster):
    """Of the postmaster, its living children and those that ended: the sum never falls."""
    while True:
        ended = _stat(postmaster)[13:15]
        ticks = 0
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                fields = _stat(name)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == postmaster:
                ticks += int(fields[11]) + int(fields[12])
        # A child that ended in between would count twice or not at all.
        fields = _stat(postmaster)
        if fields[13:15] == ended:
            return (ticks + sum(int(each) for each in fields[11:15])) / TICK


def machine_seconds():
    """Busy (all processes) and stolen (by the host) processor time of the machine so far."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft, steal = (int(each) for each in file.readline().split()[1:9])
    return (user + nice + system + irq + soft) / TICK, steal / TICK


def resident_mebibytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def load():
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def processor_name():
    with open("/proc/cpuinfo") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")


def memory_gibibytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def fdatasync_microseconds(folder):
    """Median of an 8 KiB overwrite followed by fdatasync, as PostgreSQL does with its log."""
    path = os.path.join(folder, "fdatasync.probe")
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    times = []
    try:
        os.pwrite(handle, b"\0" * 8192 * 64, 0)
        os.fsync(handle)
        stop = time.monotonic() + 1.5
        while len(times) < 300 and time.monotonic() < stop:
            started = time.monotonic()
            os.pwrite(handle, b"\1" * 8192, len(times) % 64 * 8192)
            os.fdatasync(handle)
            times.append((time.monotonic() - started) * 1e6)
    finally:
        os.close(handle)
        os.unlink(path)
    return statistics.median(times)
