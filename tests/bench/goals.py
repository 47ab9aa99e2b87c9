"""What is to be reached, held against what this run measured."""

import math

from .table import CACHED, NOT_MODIFIED, UNCACHED, B

HEAD = ("goal", "measured", "")
LINE = "{:<62}{:<46}{}"
ANSWERS = 3000  # of the freshness trial


def of_table(summary):
    """Yield (goal, what was measured, whether it was met) of the speed of pages, the worst of them."""
    for name, least in ("SQLite", 0.80), ("PostgreSQL", 0.40):
        if cached := summary.get(f"{name}, {CACHED}"):
            lowest = cached["of B, lowest"]
            found = f"{cached['of B']:.2f}; lowest {lowest:.2f}, {cached['lowest at']}"
            yield f"cached page, {name}, ≥ {least:.2f} of B", found, lowest >= least
    if unmodified := summary.get(f"SQLite, {NOT_MODIFIED}"):
        lowest = unmodified["of B, lowest"]
        found = f"{unmodified['of B']:.2f}; lowest {lowest:.2f}, {unmodified['lowest at']}"
        yield "304, SQLite, ≥ 0.90 of B", found, lowest >= 0.90
    for name in "SQLite", "PostgreSQL":
        if cached := summary.get(f"{name}, {CACHED}"):
            slowest, ratio = cached["p99, highest"], cached["p99 of B, highest"]
            found = f"{cached['p99']:.1f} ms, {cached['p99 of B']:.2f}; highest {slowest:.1f}, {ratio:.2f}"
            goal = f"p99, cached, {name}, ≤ 20 ms and ≤ 1.5 × B's"
            yield goal, found, slowest <= 20 and ratio <= 1.5
        if uncached := summary.get(f"{name}, {UNCACHED}"):
            milliseconds = uncached["cpu, highest"] / 1000
            found = f"{(uncached['cpu'] or 0) / 1000:.1f} ms; highest {milliseconds:.1f}"
            yield f"uncached page, {name}, ≤ 15 ms of CPU", found, 0 < milliseconds <= 15
        if granian := summary.get(f"{name} on granian, {CACHED}"):
            lowest = granian["of B, lowest"]
            found = f"{granian['of B']:.1f}; lowest {lowest:.1f}, {granian['lowest at']}"
            # PostgreSQL's own share is not the server's: reported, not required.
            met = lowest >= 4 if name == "SQLite" else None
            yield f"on granian, {name}, ≥ 4 × B", found, met
    errors = sum(each["errors"] for each in summary.values())
    yield "errors while measuring: none", str(errors), errors == 0
    yield f"({B}: {summary[B]['rps']:,.0f} requests a second)", "", None


def of_memory(name, memory):
    one, more = memory["one worker"], memory["a further worker"]
    if one is not None:
        yield f"memory, {name}, master and one worker ≤ 90 MiB", f"{one:.0f} MiB", one <= 90
        yield f"memory, {name}, each further worker ≤ 60 MiB", f"{more:.0f} MiB", more <= 60
    for how in "make run", "gunicorn alone":
        yield f"cold start, {name}, {how}, ≤ 1.5 s", f"{memory[how]:.2f} s", memory[how] <= 1.5


def of_weights(weights):
    def worst(name):
        return max(weights, key=lambda weight: weight[name])

    first, everything, requests = worst("first"), worst("all"), worst("requests")
    yield (
        "HTML + CSS of any page ≤ 14,000 bytes compressed",
        f"{first['first']:,}, {first['page']}",
        first["first"] <= 14_000,
    )
    yield (
        "all that a page asks for ≤ 40,000 bytes",
        f"{everything['all']:,}, {everything['page']}",
        everything["all"] <= 40_000,
    )
    yield (
        "and ≤ 6 requests",
        f"{requests['requests']}, {requests['page']}",
        requests["requests"] <= 6,
    )


def of_freshness(name, trial):
    found = f"{trial['stale']} stale, {trial['errors']} errors, of {trial['answers']:,}"
    right = trial["stale"] == trial["errors"] == 0 and trial["answers"] >= ANSWERS
    yield f"freshness, {name}: 0 stale of ≥ {ANSWERS:,} answers", found, right


def of_growth(name, told, about):
    """Hold × 50 against × 1. A page whose route has a variable is of one thing; any other is a list."""
    by_times = {each["times"]: each for each in told}
    # Of a page that was given up nobody knows how many there are.
    queries = {
        page: max(
            (each["pages"][page]["queries"] for each in told if each["pages"][page]),
            default=math.inf,
        )
        for page in told[0]["pages"]
    }
    most = max(queries, key=queries.get)
    yield (
        f"queries of a page, {name}, ≤ 10 however much content",
        f"{queries[most]}, {most}",
        queries[most] <= 10,
    )
    if 50 not in by_times:
        return
    ratios = {
        page: slowed(by_times[1]["pages"][page], after)
        for page, after in by_times[50]["pages"].items()
        if not page.startswith("/find/")
    }
    details = {page: ratio for page, ratio in ratios.items() if "<" in about[page]["route"]}
    lists = {page: ratio for page, ratio in ratios.items() if page not in details}
    for kind, most, pages in ("page of one thing", 1.25, details), ("list", 2, lists):
        worst = max(pages, key=pages.get)
        yield (
            f"content × 50, {name}: any {kind} ≤ {most} × its time",
            f"{pages[worst]:.2f}, {worst}",
            pages[worst] <= most,
        )
    p99 = by_times[50]["finder"]["p99"] or math.inf
    yield f"content × 50, {name}: finder p99 ≤ 150 ms", f"{p99:.0f} ms", p99 <= 150


def slowed(before, after):
    """Return how many times as long a page takes now, the machine's own pace taken out; one that was
    given up, for ever."""
    return after["of reference"] / before["of reference"] if before and after else math.inf


def of_soak(name, soak):
    seconds = soak["seconds"]
    found = f"{soak['errors']} of {soak['requests']:,}, {soak['edits']} edits"
    yield f"{seconds:.0f} s of mixed load, {name}: no error", found, soak["errors"] == 0
    before, after = soak["memory after a tenth"], soak["memory at the end"]
    if before:
        yield (
            f"{seconds:.0f} s of mixed load, {name}: memory ≤ 1.1 ×",
            f"{before:.0f} to {after:.0f} MiB",
            after <= 1.1 * before,
        )
