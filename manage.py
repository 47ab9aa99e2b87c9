#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys


def main():
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mi_site.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError as exc:
        raise ImportError(
            "Couldn't import Django. Are you sure it's installed and "
            "available on your PYTHONPATH environment variable? Did you "
            "forget to activate a virtual environment?"
        ) from exc
    # These are for whoever runs the site to mend, so they are one line, not a traceback.
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(one_line(error))
    except OperationalError as error:
        sys.exit(
            f"The database cannot be used: {one_line(error).rstrip('.?')}. "
            "Check DATABASE_URL, and that this machine can reach it."
        )
    except KeyboardInterrupt:
        sys.exit(130)


def one_line(error):
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
