"""What `make page-audit` runs: the W3C's checker and Lighthouse, on every type of page.

    python -m tests.page_audit [addresses, instead of one of every type]

On every type of page it also runs the accessibility tests (axe, keyboard, size of text), and
records what all of them found for the page /accessibility/.

Both come from npm, into var/page-audit, at the first run. The checker reads each page as it is
served, and the stylesheets and drawings that the pages ask for. Lighthouse opens each page on the
slow phone that is its default; pages that report an error are left out, since no search engine
keeps those. What this machine cannot run is left out, and named at the end; with CI=true that is
a failure, as is any page below the mark.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

from . import accessibility_record
from .chromium import find_chromium
from .page_types import PAGES
from .running_site import PROJECT, running_site

# Lighthouse 13 needs a newer node than Debian has.
TOOLS = {"lighthouse": "12.8.2", "vnu-jar": "26.9.27"}
FOLDER = PROJECT / "var" / "page-audit"
LIGHTHOUSE = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
CHECKER = FOLDER / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"

UNLISTED = b'<meta name="robots" content="noindex">'
LOWEST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
MINUTES = 20  # after which no further page is opened
ROW = "{:<42} {:>6} {:>8} {:>12} {:>13} {:>14} {:>4} {:>6}"
HEAD = ("", "errors", "warnings", "performance", "accessibility", "best practices", "SEO", "CLS")


def main(addresses):
    # A kill, too, must stop the site and the browser.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    java = version("java", "-version") >= 17
    node = version("node", "--version") >= 18 and shutil.which("npm")
    chromium = find_chromium()
    left_out = []
    if not node:
        left_out.append("everything: it needs node 18 or newer, and npm (apt install nodejs npm).")
    if not java:
        left_out.append("the W3C checker: it needs java 17 or newer (apt install default-jre).")
    if not chromium:
        left_out.append(
            "Lighthouse: there is no Chromium. "
            "Install it (apt install chromium), or set CHROMIUM to its path."
        )
    failed = False
    if node and (java or chromium):
        install()
        failed, checks = audit(addresses or PAGES, java, chromium)
        if not (addresses or left_out):
            failed |= record(checks, chromium)
    for what in left_out:
        say(f"Left out: {what}")
    return failed or (bool(left_out) and os.environ.get("CI") == "true")


def record(checks, chromium):
    """Run the accessibility tests, record all that was found, and say whether any failed."""
    say("\nThe accessibility tests in a browser, for some minutes.")
    in_browser = accessibility_record.browser_checks()
    tools = {
        "Chromium": version(chromium, "--version"),
        "axe-core": accessibility_record.axe_version(),
        "the W3C’s Nu HTML Checker": TOOLS["vnu-jar"],
        "Lighthouse": TOOLS["lighthouse"],
    }
    accessibility_record.write(tools, in_browser + checks)
    for check in in_browser:
        say(f"{check['asked']}: {check['number']}, not so: {check['failed']}")
    say(f"Recorded in {accessibility_record.RECORD.relative_to(PROJECT)}, for /accessibility/.")
    return any(check["failed"] for check in in_browser)


def say(line=""):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def version(*command):
    """The first number of what the command says of itself; 0 when it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except OSError:
        return 0
    number = re.search(r"\d+", done.stdout + done.stderr)
    return int(number[0]) if number and done.returncode == 0 else 0


def install():
    """Install the tools, unless the stamp says that these versions are there."""
    stamp = FOLDER / "installed.json"
    wanted = json.dumps(TOOLS)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Installing the W3C checker and Lighthouse into var/page-audit (once; 220 MB).")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    (FOLDER / "package.json").write_text(json.dumps({"private": True, "dependencies": TOOLS}))
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    # Nothing but the packages: no scripts of theirs, no second browser.
    done = subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-package-lock", *quiet],
        env=os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1"},
        cwd=FOLDER,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )
    if done.returncode or not (LIGHTHOUSE.exists() and CHECKER.exists()):
        sys.exit(
            "They could not be installed: see above. They come over the network; "
            "when that is back, run make page-audit again."
        )
    # npm's own note of where it fetched each package.
    (FOLDER / "node_modules" / ".package-lock.json").unlink(missing_ok=True)
    stamp.write_text(wanted)


def audit(addresses, java, chromium):
    """Return whether anything failed, and the checks for the record of accessibility."""
    with tempfile.TemporaryDirectory(prefix="page-audit-") as folder:
        data = Path(folder, "data")
        data.mkdir()
        with running_site(data) as (_, site):
            pages = {address: fetch(site + address) for address in addresses}
            files = {address: fetch(site + address) for address in linked(pages)}
            messages = check(pages | files, Path(folder, "served")) if java else None
            report_messages(messages)
            failed, accessible = report_pages(site, pages, files, messages, chromium)
    right = [not any(map(is_error, messages[address])) for address in pages] if java else []
    return failed, [
        accessibility_record.check("The W3C’s checker finds no error in the HTML", right),
        accessibility_record.check("Lighthouse gives 100 of 100 for accessibility", accessible),
    ]


def fetch(url):
    """Return (status, body)."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def linked(pages):
    """The addresses of the stylesheets and drawings that the pages ask for."""
    asked = re.compile(rb'(?:href|src)="(/[^"#?]+\.(?:css|svg))[#?"]')
    return sorted({found.decode() for _, html in pages.values() for found in asked.findall(html)})


# The W3C's checker


def check(served, folder):
    """Return {address: its messages}; all in one start of java, which is the slow part."""
    folder.mkdir()
    names = {}
    for number, (address, (_, body)) in enumerate(served.items()):
        ending = Path(address).suffix if address.endswith((".css", ".svg")) else ".html"
        name = f"{number}{ending}"
        (folder / name).write_bytes(body)
        names[name] = address
    options = ["--format", "json", "--stdout", "--exit-zero-always"]
    done = subprocess.run(
        ["java", "-jar", CHECKER, *options, "--also-check-css", "--also-check-svg", folder],
        capture_output=True,
        text=True,
        timeout=300,
    )
    try:
        said = json.loads(done.stdout)["messages"]
    except (ValueError, KeyError):
        sys.exit(f"The W3C checker did not answer: {done.stdout}{done.stderr}")
    messages = {address: [] for address in served}
    for message in said:
        # A message about no file is about the checker itself, and counts against all.
        of = names.get(message.get("url", "").rpartition("/")[2])
        for address in [of] if of else served:
            messages[address].append(message)
    return messages


def is_error(message):
    return message["type"] != "info"


def is_warning(message):
    return message.get("subType") == "warning"


def report_messages(messages):
    """Print each message once, with the lines of each page that it is about."""
    if messages is None:
        return
    for title, wanted in ("W3C errors", is_error), ("W3C warnings", is_warning):
        places = defaultdict(lambda: defaultdict(list))
        example = {}
        for address, said in messages.items():
            for message in filter(wanted, said):
                places[message["message"]][address].append(message.get("lastLine", "?"))
                example.setdefault(message["message"], message.get("extract", ""))
        say(f"\n{title}: {'' if places else 'none'}")
        for message, pages in places.items():
            say(f"  {message}\n    such as: {' '.join(example[message].split())}")
            for address, lines in pages.items():
                say(f"    {address} line {', '.join(map(str, lines))}")


# Lighthouse


def measure(url, chromium, unlisted):
    """Return Lighthouse's report, or why there is none.

    A page that is to be ``unlisted`` fails no audit for asking search engines to leave it out.
    """
    flags = "--headless=new"
    if os.geteuid() == 0:
        flags += " --no-sandbox"  # Chromium's sandbox refuses root
    process = subprocess.Popen(
        [
            *("node", LIGHTHOUSE, url),
            f"--only-categories={','.join(LOWEST)}",
            f"--chrome-flags={flags}",
            *(["--skip-audits=is-crawlable"] if unlisted else []),
            *("--output=json", "--quiet", "--no-enable-error-reporting"),
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, errors = process.communicate(timeout=120)
    except BaseException as error:
        process.send_signal(signal.SIGINT)  # the signal at which it also stops its browser
        process.wait(timeout=30)
        if isinstance(error, subprocess.TimeoutExpired):
            return "no report within two minutes"
        raise
    try:
        report = json.loads(output)
    except ValueError:
        return f"no report: {errors.strip()}"
    problem = report.get("runtimeError", {})
    return problem.get("message") or report


def measure_fairly(url, chromium, unlisted):
    """Measure once; three times when it was slow, since it may have been the machine."""
    first = measure(url, chromium, unlisted)
    if isinstance(first, str):
        first = measure(url, chromium, unlisted)  # as it asks itself, when its recording went wrong
    reports = [first]
    if isinstance(reports[0], dict) and score(reports[0], "performance") < LOWEST["performance"]:
        reports += [measure(url, chromium, unlisted) for _ in range(2)]
    for report in reports:
        if isinstance(report, str):
            return report
    return sorted(reports, key=lambda report: score(report, "performance"))


def score(report, category):
    return round(100 * (report["categories"][category]["score"] or 0))


def scores_of(reports):
    """The median for performance; for the others, which do not vary, the worst."""
    scores = {name: min(score(report, name) for report in reports) for name in LOWEST}
    scores["performance"] = score(reports[len(reports) // 2], "performance")
    return scores


def shift(reports):
    return max(
        report["audits"]["cumulative-layout-shift"].get("numericValue", 1) for report in reports
    )


def report_pages(site, pages, files, messages, chromium):
    """Print the table, row by row as the results come, then what Lighthouse found.

    Return whether anything failed, and of each page opened whether it is fully accessible.
    """
    deadline = time.monotonic() + 60 * MINUTES
    failed = False
    accessible = []
    findings = defaultdict(lambda: defaultdict(list))  # audit: what it says: of which pages
    say("\n" + ROW.format(*HEAD))
    for address, (status, body) in (pages | files).items():
        counts, scores = ["–"] * 2, ["–"] * 5
        if messages is not None:
            said = messages[address]
            counts = [sum(map(is_error, said)), sum(map(is_warning, said))]
            failed |= counts[0] > 0
        if chromium and address in pages and status == 200:
            late = time.monotonic() > deadline
            unlisted = UNLISTED in body
            reports = (
                "the time was over" if late else measure_fairly(site + address, chromium, unlisted)
            )
            if isinstance(reports, str):
                findings["no report"][reports].append(address)
                failed = True
                scores = ["?"] * 5
                accessible.append(False)
            else:
                by_category, moved = scores_of(reports), shift(reports)
                accessible.append(by_category["accessibility"] == 100)
                failed |= moved > 0
                failed |= any(by_category[name] < lowest for name, lowest in LOWEST.items())
                scores = [*by_category.values(), f"{moved:.3g}"]
                for audit, said in {found for each in reports for found in failing_audits(each)}:
                    findings[audit][said].append(address)
        say(ROW.format(address, *counts, *scores))
    errors = [address for address, (status, _) in pages.items() if status != 200]
    if chromium and errors:
        say(f"Not opened in Lighthouse, being answers to an error: {', '.join(errors)}")
    if chromium:
        say(f"\nLighthouse: {'' if findings else 'nothing'}")
        for audit, remarks in sorted(findings.items()):
            say(f"  {audit}")
            for said, of in remarks.items():
                where = "every page opened" if len(of) == len(accessible) else " ".join(of)
                say(f"    {where}\n      {said}")
    return failed, accessible


def failing_audits(report):
    """Yield each failed audit, also one without weight in the score, and what it says.

    Those of performance are about this machine as well: they matter on a page that is slow or
    moves.
    """
    good = score(report, "performance") >= LOWEST["performance"] and not shift([report])
    for name, category in report["categories"].items():
        if name == "performance" and good:
            continue
        for reference in category["auditRefs"]:
            result = report["audits"][reference["id"]]
            weight = reference["weight"]
            unknown = result["score"] is None  # no failure, unless the score counted on it
            if weight if unknown else result["score"] < 1:
                remark = result.get("explanation") or result.get("errorMessage")
                said = [result["title"], remark or result.get("displayValue")]
                said += elements(result.get("details"))
                yield f"{name}, {reference['id']}, weight {weight}", "; ".join(filter(None, said))


def elements(details):
    """The elements that an audit names, wherever in its details."""
    if isinstance(details, dict) and "snippet" in details:
        yield details["snippet"]
    elif isinstance(details, dict | list):
        for part in details.values() if isinstance(details, dict) else details:
            yield from elements(part)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
