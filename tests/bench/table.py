"""The table: every type of page in every way it is answered, in one interleaved run.

A round asks B for a page, then every other server for the same one, then goes on to the next page.
So each ratio to B is between two measurements seconds apart, whatever the machine does besides.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from ..page_audit import say
from . import bare, load
from .machine import cpu_seconds, tree
from .servers import BROWSER, Server, fetch, granian, gunicorn, site

HEAD = ("of B", "rps", "CPU µs", "p50 ms", "p99 ms", "p99 of B", "bytes")
LINE = "{:<44}{:>8}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}"

B, C = "B", "C, a bare Django view"
CACHED, NOT_MODIFIED, UNCACHED, PASSES_BY = "cached", "304", "uncached", "passes by the cache"


@dataclass
class Row:
    """A page asked of one server in one way, and what each round measured of it."""

    page: str
    what: str
    server: Server
    address: str
    headers: dict
    status: int
    measured: list = field(default_factory=list)

    def measure(self, seconds):
        """Ask for ``seconds``, after one answer that must be the right one."""
        status, *_ = fetch(self.server.address, self.address, self.headers)
        if status != self.status:
            raise RuntimeError(f"{self.what}: {self.address} answered {status}")
        processes = tree(self.server.process)
        before = cpu_seconds(processes)
        told = load.told_by(
            load.start(self.server.address + self.address, seconds, headers=self.headers)
        )
        after = cpu_seconds(processes)
        requests = told["requests"] or 1
        self.measured.append(
            {
                "rps": told["requests"] / told["seconds"],
                "cpu": None if before is None else 1e6 * (after - before) / requests,
                "p50": told["p50"],
                "p99": told["p99"],
                "bytes": told["bytes"] / requests,
                "errors": told["lost"]
                + told["failed"]
                + (told["refused"] if self.status < 400 else 0),
            }
        )

    def of(self, other, name):
        """Return the median of the ratios to ``other`` within a round."""
        return median(
            mine[name] / its[name] for mine, its in zip(self.measured, other.measured, strict=True)
        )

    def middle(self, name):
        values = [each[name] for each in self.measured if each[name] is not None]
        return median(values) if values else None

    @property
    def errors(self):
        return sum(each["errors"] for each in self.measured)


def representatives(pages):
    """Return one address of every type of page: those with a query apart, and the missing page."""
    first = {}
    for address, page in pages.items():
        first.setdefault((page["route"], "?" in address, page["status"]), address)
    return list(first.values())


def rows_of(page, servers, sites, session):
    """Return the rows of one page, B first."""
    rows = []
    for name, server in sites.items():
        status, headers, _ = fetch(server.address, page)

        def add(what, server=server, name=name, status=status, **more):
            rows.append(Row(page, f"{name}, {what}", server, page, BROWSER | more, status))

        etag = headers["ETag"]
        if etag is None:
            add(PASSES_BY)
            continue
        add(CACHED)
        add(NOT_MODIFIED, status=304, **{"If-None-Match": etag})
        if not name.endswith("granian"):
            add(UNCACHED, Cookie=f"{session}=nobody")
            _, headers, _ = fetch(server.address, page, rows[-1].headers)
            if headers["Content-Encoding"]:
                raise RuntimeError(f"{page} came from the cache, and was to pass by it")
    status = rows[0].status
    bare_ones = [Row(page, what, server, page, BROWSER, status) for what, server in servers.items()]
    if page == "/":
        bare_ones.append(Row(page, "B with three headers", servers[B], bare.BARE, BROWSER, 200))
    return bare_ones + rows


def measure(databases, pages, session, seconds, rounds, with_granian):
    """Start the servers, run the rounds and return {page: rows}."""
    with ExitStack() as stack:
        start = stack.enter_context
        sites = {database.name: start(site(database)) for database in databases}
        first = sites[databases[0].name]
        answers = {page: fetch(first.address, page) for page in ["/", *pages]}
        file = databases[0].data / "answers.json"
        bare.keep(answers, file)
        servers = {
            B: start(gunicorn("tests.bench.bare:application", databases[0], ANSWERS=str(file))),
            C: start(
                gunicorn("tests.bench.bare_django:application", databases[0], ANSWERS=str(file))
            ),
        }
        if with_granian:
            sites |= {f"{d.name} on granian": start(granian(d)) for d in databases}
        table = {page: rows_of(page, servers, sites, session) for page in pages}
        number = sum(map(len, table.values()))
        say(
            f"{number} rows, {rounds} rounds of {seconds} s: {number * rounds * seconds / 60:.0f} minutes."
        )
        for _ in range(rounds):
            for rows in table.values():
                for row in rows:
                    row.measure(seconds)
    return table


def summaries(table):
    """Return {what: what the rows of every page of that kind come to, and the worst of them}."""
    kinds = {}
    for rows in table.values():
        for row in rows:
            kinds.setdefault(row.what, []).append((row, rows[0]))
    return {
        what: {
            "pages": len(pairs),
            "of B": median(ratios := [row.of(b, "rps") for row, b in pairs]),
            "of B, lowest": min(ratios),
            "lowest at": min(pairs, key=lambda pair: pair[0].of(pair[1], "rps"))[0].page,
            **{
                name: middle(row.middle(name) for row, _ in pairs)
                for name in ("rps", "cpu", "p50", "p99", "bytes")
            },
            "p99 of B": median(row.of(b, "p99") for row, b in pairs),
            "p99, highest": max(row.middle("p99") for row, _ in pairs),
            "p99 of B, highest": max(row.of(b, "p99") for row, b in pairs),
            "cpu, highest": max((row.middle("cpu") or 0 for row, _ in pairs), default=0),
            "errors": sum(row.errors for row, _ in pairs),
        }
        for what, pairs in kinds.items()
    }


def middle(values):
    known = [value for value in values if value is not None]
    return median(known) if known else None


def written(name, ratio, values, p99_ratio):
    rps, cpu, p50, p99, size = values
    return LINE.format(
        name,
        f"{ratio:.3f}",
        f"{rps:,.0f}",
        "–" if cpu is None else f"{cpu:,.0f}",
        f"{p50:.1f}",
        f"{p99:.1f}",
        f"{p99_ratio:.2f}",
        f"{size:,.0f}",
    )


MEASURES = ("rps", "cpu", "p50", "p99", "bytes")


def report(table, summary):
    say("\n" + LINE.format("", *HEAD))
    for page, rows in table.items():
        say(page)
        for row in rows:
            values = [row.middle(name) for name in MEASURES]
            say(written(f"  {row.what}", row.of(rows[0], "rps"), values, row.of(rows[0], "p99")))
    say("every type of page, the median of the lines above")
    for what, all_of in summary.items():
        values = [all_of[name] for name in MEASURES]
        name = f"  {what} ({all_of['pages']})"
        say(written(name, all_of["of B"], values, all_of["p99 of B"]))
    lost = sum(all_of["errors"] for all_of in summary.values())
    say(f"Errors: {lost}. {LEGEND}")


LEGEND = """
B is gunicorn with a callable that returns the same status, headers and bytes; C one constant view of a Django without
middleware. “of B” is the median of the ratios within a round; all else medians of the rounds. CPU is that of the
server's processes for a request, without the database's. Bytes are all that came over the wire, headers included.
Asked with Accept-Encoding: br; “uncached” with the cookie of a session as well, which passes by the cache: what
Django renders then is not compressed."""
