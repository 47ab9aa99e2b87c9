"""What the machine tells of the processes that are measured; Linux tells most."""

import os
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER, ASKER = 0, 1  # which of the cores each has to itself

PROC = Path("/proc")


@contextmanager
def on_core(number):
    """Keep what is started meanwhile on one core, where there are two and a choice of them.

    ``number`` is None for no core in particular.
    """
    if len(CORES) < 2 or number is None:
        yield
        return
    os.sched_setaffinity(0, {CORES[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


def fields(process):
    """Return what /proc/PID/stat says after the name, from the state on."""
    return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()


def tree(process):
    """Return the number of ``process`` and of all that it started, in any generation."""
    children = defaultdict(list)
    for folder in PROC.glob("[0-9]*"):
        try:
            parent = int(fields(folder.name)[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        children[parent].append(int(folder.name))
    found = [process]
    for each in found:
        found += children[each]
    return found


def cpu_seconds(processes):
    """Return the processor time that ``processes`` have taken so far; None where it is not told."""
    if not (PROC / "self" / "stat").exists():
        return None
    ticks = 0
    for process in processes:
        user, system = fields(process)[11:13]
        ticks += int(user) + int(system)
    return ticks / os.sysconf("SC_CLK_TCK")


def pss(processes):
    """Return the memory of ``processes`` in MiB, shared pages by their share; None if not told."""
    if not (PROC / "self" / "smaps_rollup").exists():
        return None
    kilobytes = 0
    for process in processes:
        for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024
