"""What was tested for accessibility, and when: a record that `make page-audit` writes.

Nobody types it, so the page that shows it says no more than what was found.
"""

import datetime
import json
from pathlib import Path

RECORD = Path(__file__).with_name("accessibility_record.json")


def last_tests():
    """Return the record as a dictionary, with its date as a date; None before there were any tests.

    ``tested_on``; ``tools``, a version by name; ``looks``, widths and colours in words; ``checks``,
    each with what was ``asked``, the ``number`` of pages or steps, and of those that ``failed``.
    """
    if not RECORD.exists():
        return None
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return record | {"tested_on": datetime.date.fromisoformat(record["tested_on"])}
