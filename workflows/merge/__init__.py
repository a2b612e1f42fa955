"""The three-way merge of packages, and what is different between two of them. Pure."""

from workflows.merge.differences import diff
from workflows.merge.files import merge, resolve
from workflows.merge.model import Change, Choice, Conflict, Merged, Shown

__all__ = ["Change", "Choice", "Conflict", "Merged", "Shown", "diff", "merge", "resolve"]
