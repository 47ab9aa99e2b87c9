"""Whether this process was told to end: what takes long asks between two steps."""

from threading import Event

requested = Event()
