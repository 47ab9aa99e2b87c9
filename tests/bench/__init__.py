"""What `make bench` runs: how fast the site is, how fresh, and how it grows. See ``__main__.py``."""
