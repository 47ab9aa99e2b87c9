"""What is common to all content, and the paper trail of how it came to be public."""

from .content import (
    Child,
    Content,
    ContentQuerySet,
    ContentVersion,
    MovesVersion,
    Publishable,
    PublishableQuerySet,
    Sourced,
    SourceDocument,
)
from .redirects import Gone, Redirect
from .revisions import Plan, Revision, Update

__all__ = [
    "Child",
    "Content",
    "ContentQuerySet",
    "ContentVersion",
    "Gone",
    "MovesVersion",
    "Plan",
    "Publishable",
    "PublishableQuerySet",
    "Redirect",
    "Revision",
    "SourceDocument",
    "Sourced",
    "Update",
]
