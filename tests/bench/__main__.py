"""How fast the site is, how fresh, and how it grows, with the goals beside what was measured.

    python -m tests.bench [--table] [--freshness] [--growth] [--soak SECONDS]
                          [--granian] [--quick] [--rounds N] [--json FILE]

Without any of the first four it runs all of them. It starts everything itself: the site as
`make run` starts it, with one worker, on SQLite and on a temporary PostgreSQL; what the site is
held against; and wrk, which asks. The servers (with PostgreSQL) have one core, wrk another.

--table      every type of page, cached, 304 and uncached, in one interleaved run; memory, cold start
--freshness  two workers, edits in every way that content is written, visitors after each commit
--growth     content × 1, × 50 and × 1,000
--soak       every type of page and the finder, with an edit every second
--granian    the site's callable on granian as well, in the table
--quick      a first look: less of everything, so no goal is decided
--json       the file for all that was measured, with each round

It ends with 1 when a goal was missed, with 2 without wrk.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from ..page_audit import say
from ..postgres import find_binaries, temporary_cluster
from . import goals, load, memory, table
from .addresses import ENQUIRY
from .machine import CORES, SERVER, on_core, pss, tree
from .servers import Database, in_django, site, told_by

SOAK = 600  # seconds


def options(arguments):
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in "table", "freshness", "growth", "granian", "quick":
        parser.add_argument(f"--{part}", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--soak", type=int, metavar="SECONDS", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, metavar="N", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if not (chosen.table or chosen.freshness or chosen.growth or chosen.soak):
        chosen.table = chosen.freshness = chosen.growth = True
        chosen.soak = 20 if chosen.quick else SOAK
    return chosen


def main(arguments):
    chosen = options(arguments)
    # A kill, too, must stop the servers and the temporary cluster.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not load.is_installed():
        say("wrk is not installed, and it is what asks (apt install wrk).")
        return 2
    if chosen.granian and not find_spec("granian"):
        say("granian is not installed: it comes with requirements-dev.txt.")
        return 2
    if len(CORES) < 2:
        say("No two cores to choose from: wrk takes from the servers what it needs itself.")
    began = time.monotonic()
    told = {
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    }
    held = []
    with ExitStack() as stack:
        databases = prepared(stack)
        about = told_by(in_django("addresses", databases[0]))
        if about["pages"][ENQUIRY]["status"] == 404:
            say(f"Left out: the enquiry form: there is no {ENQUIRY}.")
            del about["pages"][ENQUIRY]
        if chosen.table:
            held += run_table(chosen, databases, about, told)
        if chosen.freshness:
            held += run_freshness(chosen, databases, told)
        if chosen.growth:
            held += run_growth(chosen, stack, about, told)
        if chosen.soak:
            held += run_soak(chosen, databases, about, told)
    told["goals"] = [{"goal": goal, "measured": found, "met": met} for goal, found, met in held]
    told["seconds"] = time.monotonic() - began
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    say("\n" + goals.LINE.format(*goals.HEAD))
    for goal, found, met in held:
        say(goals.LINE.format(goal, found, {True: "met", False: "MISSED", None: ""}[met]))
    say(f"\n{told['machine']}; {told['seconds'] / 60:.0f} minutes.")
    if chosen.quick:
        say("This was a first look (--quick): too short to say whether a goal is met.")
    return 1 if any(met is False for *_, met in held) and not chosen.quick else 0


def prepared(stack):
    """Return the databases that this machine has, each with the content of the site."""
    databases = [Database("SQLite", temporary_folder(stack))]
    if find_binaries():
        databases.append(postgresql(stack))
    else:
        say("Left out: PostgreSQL: it is not installed (apt install postgresql).")
    for database in databases:
        fill(database)
    return databases


def temporary_folder(stack):
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))


def postgresql(stack):
    with on_core(SERVER):
        url = stack.enter_context(temporary_cluster())
    return Database("PostgreSQL", temporary_folder(stack), url)


def fill(database):
    """Let the site make its tables, load its content and collect its files, once."""
    with site(database):
        pass


def run_table(chosen, databases, about, told):
    pages = [address for address, page in about["pages"].items() if page["status"] == 200]
    held = []
    told["memory"] = {}
    for database in databases:
        measured = memory.measure(database, pages, starts=1 if chosen.quick else 5)
        told["memory"][database.name] = measured
        held += goals.of_memory(database.name, measured)
    with site(databases[0]) as server:
        told["weights"] = [memory.weight(server.address, page) for page in pages]
    held += goals.of_weights(told["weights"])
    measured = table.measure(
        databases,
        table.representatives(about["pages"])[: 3 if chosen.quick else None],
        about["session_cookie"],
        seconds=1 if chosen.quick else 2,
        rounds=chosen.rounds or (1 if chosen.quick else 5),
        with_granian=chosen.granian,
    )
    summary = table.summaries(measured)
    table.report(measured, summary)
    told["table"] = [
        {"page": page, "what": row.what, "of B": row.of(rows[0], "rps"), "rounds": row.measured}
        for page, rows in measured.items()
        for row in rows
    ]
    told["summary"] = summary
    return [*goals.of_table(summary), *held]


def run_freshness(chosen, databases, told):
    """The trial on each database, with visitors all the while who fill the cache again."""
    held = []
    told["freshness"] = {}
    for database in databases:
        # On no core of their own: two busy workers there leave the database waiting for seconds.
        with site(database, workers=2, core=None) as server:
            crowd = load.start(f"{server.address}/partners/", 3600, connections=4)
            try:
                least = 300 if chosen.quick else goals.ANSWERS
                trial = told_by(in_django("freshness", database, server.address, least))
            finally:
                crowd.terminate()
                crowd.communicate()
        told["freshness"][database.name] = trial
        held += goals.of_freshness(database.name, trial)
        edits = ", ".join(f"{number} × {way}" for way, number in trial["edits"].items())
        say(f"\nFreshness on {database.name}: {edits}; {trial['seconds']:.0f} s.")
        for what in "stale after", "errors after":
            if trial[what]:
                say(f"  {what}: {trial[what]}")
    return held


def run_growth(chosen, stack, about, told):
    held = []
    told["growth"] = {}
    times = (1, 50) if chosen.quick else (1, 50, 1000)
    databases = [Database("SQLite", temporary_folder(stack))]
    if find_binaries():
        databases.append(postgresql(stack))
    for database in databases:
        fill(database)
        grown = told_by(in_django("growth", database, *times))
        told["growth"][database.name] = grown
        held += goals.of_growth(database.name, grown, about["pages"])
        report_growth(database.name, grown)
    return held


def report_growth(name, grown):
    line = "{:<60}" + "{:>12}{:>17}" * len(grown)
    say(f"\nGrowth on {name}, uncached, in one process")
    say(
        line.format(
            "", *(f"× {each['times']:,}{unit}" for each in grown for unit in (" ms", " queries"))
        )
    )
    for page in grown[0]["pages"]:
        say(line.format(page, *(text for each in grown for text in of_page(each, page))))
    for each in grown:
        finder, rows, most = each["finder"], each["rows"], each["given up after s"]
        counts = [
            rows[model] for model in ("programmes.Programme", "people.Person", "faq.Question")
        ]
        say(
            f"× {each['times']:,}: {counts[0]:,} programmes, {counts[1]:,} people, {counts[2]:,} questions, "
            f"copied in {each['copying s']:.0f} s; up to {each['memory']:,.0f} MiB of memory; "
            f"first page {ms(each['first'], most['first'])} ms; "
            f"finder: first answer {ms(finder['first'], most['first'])} ms, then "
            f"p50 {ms(finder['p50'])}, p99 {ms(finder['p99'])} ms of {finder['questions']}, "
            f"{finder['given up']} of them given up after {most['question']} s"
        )


def of_page(grown, page):
    """Return what was measured of a page as it is printed: milliseconds, and queries."""
    measured = grown["pages"][page]
    if measured is None:
        return ms(None, grown["given up after s"]["page"]), "–"
    return ms(measured["ms"]), measured["queries"]


def ms(taken, most=None):
    """Return milliseconds as they are printed; where it was given up, the ``most`` seconds it had."""
    if taken is None:
        return f"> {1000 * most:,}" if most else "–"
    return f"{taken:,.1f}"


def run_soak(chosen, databases, about, told):
    """Mixed load on the sites of all databases at once: it is errors and memory that count."""
    addresses = list(about["pages"])
    told["soak"] = {}
    with ExitStack() as stack:
        servers = [
            stack.enter_context(site(database, workers=2, core=None)) for database in databases
        ]
        asking = [
            load.start(server.address, chosen.soak, addresses=addresses) for server in servers
        ]
        editing = [
            in_django("editing", database, "every_second", chosen.soak) for database in databases
        ]
        memories = [[] for _ in servers]
        ends = time.monotonic() + chosen.soak
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, chosen.soak / 20))
            for server, of in zip(servers, memories, strict=True):
                of.append(pss(tree(server.process)))
        for database, asked, edited, of in zip(databases, asking, editing, memories, strict=True):
            measured = load.told_by(asked)
            told["soak"][database.name] = {
                "seconds": measured["seconds"],
                "requests": measured["requests"],
                "errors": measured["lost"] + measured["failed"],
                "p99 ms": measured["p99"],
                "edits": told_by(edited)["edits"],
                "memory": of,
                "memory after a tenth": of[1],
                "memory at the end": of[-1],
            }
    return [goal for name, soak in told["soak"].items() for goal in goals.of_soak(name, soak)]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
