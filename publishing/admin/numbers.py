"""The numbers that pages send back."""


def number_or_zero(text):
    """Return the number of a row that ``text`` is; 0, which no row has, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0
