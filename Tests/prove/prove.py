"""Runs the proofs and their controls, and prints one table. Started by run.sh."""

import datetime
import os
import platform
import subprocess
import sys
import time
import traceback

import crash
import money
import retries
import shutdown
import slow
import standby
from machinery import BINARY, IS_LONG, Failed, World, say

PROOFS = {
    "T1": ("acknowledged writes survive kill -9 of PostgreSQL (R1)", crash),
    "T3": ("a commit cut short while it waits for a standby is no success (R5)", standby),
    "T4": ("retries, cuts and kill -9 of the server: exactly once (R2, R7)", retries),
    "T6": ("money under kills is entered once and sums to zero (R9)", money),
    "T7": ("SIGTERM under load: what happened was answered, the end comes in 10 s (R13)", shutdown),
    "T9": ("slow and hostile clients do not hurt the others (R16)", slow),
}


def attempt(part, world):
    """(passed, sentence)"""
    try:
        result = part(world)
        return result if isinstance(result, tuple) else (True, result)
    except Failed as failure:
        return False, str(failure)
    except Exception:  # a proof that breaks has proved nothing; the others still run
        traceback.print_exc()
        return False, "broke off: " + traceback.format_exc().strip().splitlines()[-1]


def main():
    names = os.environ.get("PROVE_ONLY", "").split() or list(PROOFS)
    unknown = [name for name in names if name not in PROOFS]
    if unknown:
        sys.exit(f"prove: there is no {unknown[0]}, there are {', '.join(PROOFS)}")
    world = World()
    rows, failed = [], False
    for name in names:
        title, proof = PROOFS[name]
        say(f"{name}: {title}")
        started = time.monotonic()
        passed, sentence = attempt(proof.prove, world)
        has_teeth, control = attempt(proof.control, world)
        failed = failed or not passed or not has_teeth
        verdict = "held" if passed and has_teeth else "FAILED" if not passed else "no proof"
        seconds = time.monotonic() - started
        rows.append(f"| {name} | {title} | **{verdict}** | {sentence} | {control} | {seconds:.0f} s |")
        say(f"{name}: {verdict} in {seconds:.0f} s: {sentence}; control: {control}")
    table = ["| | Promise | | Measured | Control, which must fail | |", "|---|---|---|---|---|---|", *rows]
    print("\n".join(table))
    if path := os.environ.get("PROVE_RESULTS"):
        postgres = world.cluster.sql("show server_version")
        commit = subprocess.run(["git", "log", "-1", "--format=%h"], capture_output=True, text=True).stdout.strip()
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                "# What `make prove` found\n\n"
                f"Run of {datetime.date.today()} on {commit or 'an export'}, {'long' if IS_LONG else 'short'} form, "
                f"{'debug' if 'debug' in BINARY else 'release'} build, "
                f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, PostgreSQL {postgres}.\n"
                "Other work ran on the machine at the same time, so durations and latencies are upper bounds.\n\n"
                + "\n".join(table)
                + "\n"
            )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
