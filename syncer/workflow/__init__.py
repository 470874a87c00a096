"""The use cases, composed: files and a service in, plans and reports out. Nothing here prints.

What comes from outside (environment, clock, randomness) comes in with `Context`.
"""

from syncer.apply.transaction import OnError
from syncer.plan.confirm import Confirmed
from syncer.workflow.applying import Wishes, apply
from syncer.workflow.connecting import connect
from syncer.workflow.context import Context, Progress, Repository, folder_in_git, open_repository, private_folder
from syncer.workflow.explaining import explain
from syncer.workflow.exporting import export
from syncer.workflow.formatting import format_files
from syncer.workflow.journals import list_journals, prune_journals, show_journal
from syncer.workflow.planning import PlanOptions, load_files, plan, read_plan, save_plan
from syncer.workflow.recovering import Standing, Talk, Way, recover
from syncer.workflow.staging import Staging
from syncer.workflow.starting import copy_examples, embedded_data, init
from syncer.workflow.tracing import Tracing
from syncer.workflow.validating import Wanted, validate_files
from syncer.workflow.writeback import update

__all__ = [
    "Confirmed",
    "Context",
    "OnError",
    "PlanOptions",
    "Progress",
    "Repository",
    "Staging",
    "Standing",
    "Talk",
    "Tracing",
    "Wanted",
    "Way",
    "Wishes",
    "apply",
    "connect",
    "copy_examples",
    "embedded_data",
    "explain",
    "export",
    "folder_in_git",
    "format_files",
    "init",
    "list_journals",
    "load_files",
    "open_repository",
    "plan",
    "private_folder",
    "prune_journals",
    "read_plan",
    "recover",
    "save_plan",
    "show_journal",
    "update",
    "validate_files",
]
