"""What the site knows, as data: ``/data/``.

``kinds.py`` lists every public kind of thing with its fields. That one list makes the JSON and CSV
files (``files.py``), their descriptions for programs (``schemas.py``) and the page for people, so
that none of them can say other than the rest. A field says what the public pages say, and no more.
"""
