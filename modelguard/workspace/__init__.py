"""Trees to read: the working directory, the staged index, any commit; and pairs of them to compare."""

from modelguard.workspace.compare import Comparison, compare, current_branch
from modelguard.workspace.forge import link_template
from modelguard.workspace.search import mentioning
from modelguard.workspace.tree import Entry, Limits, ReadFailed, Skipped, Tree, blob_id
from modelguard.workspace.trees import open_index, open_ref, open_working

__all__ = [
    "Comparison",
    "Entry",
    "Limits",
    "ReadFailed",
    "Skipped",
    "Tree",
    "blob_id",
    "compare",
    "current_branch",
    "link_template",
    "mentioning",
    "open_index",
    "open_ref",
    "open_working",
]
