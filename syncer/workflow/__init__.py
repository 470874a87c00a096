"""The use cases, composed: files and a service in, plans and reports out. Nothing here prints.

What comes from outside (environment, clock, randomness) comes in with `Context`. A module is imported once one of its
names is used: checking files needs nothing of what talks to a server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncer.apply.transaction import OnError
    from syncer.plan.confirm import Confirmed
    from syncer.workflow.applying import Wishes, apply
    from syncer.workflow.backing_up import BackingUp, back_up
    from syncer.workflow.backup_diff import diff_backups
    from syncer.workflow.connecting import connect
    from syncer.workflow.context import Context, Progress, Repository, folder_in_git, open_repository, private_folder
    from syncer.workflow.drifting import drift
    from syncer.workflow.explaining import explain
    from syncer.workflow.exporting import export
    from syncer.workflow.formatting import format_files
    from syncer.workflow.journals import list_journals, prune_journals, show_journal
    from syncer.workflow.planning import PlanOptions, load_files, plan, read_plan, save_plan
    from syncer.workflow.recovering import Standing, Talk, Way, recover
    from syncer.workflow.restoring import Restoring, goal_of_backup, names_of
    from syncer.workflow.staging import Staging
    from syncer.workflow.starting import copy_examples, embedded_data, init
    from syncer.workflow.telling import Telling
    from syncer.workflow.tracing import Tracing
    from syncer.workflow.validating import Wanted, validate_files
    from syncer.workflow.watching import Watching, watch
    from syncer.workflow.writeback import update

_NAMES = {
    "syncer.apply.transaction": "OnError",
    "syncer.plan.confirm": "Confirmed",
    "syncer.workflow.applying": "Wishes apply",
    "syncer.workflow.backing_up": "BackingUp back_up",
    "syncer.workflow.backup_diff": "diff_backups",
    "syncer.workflow.connecting": "connect",
    "syncer.workflow.context": "Context Progress Repository folder_in_git open_repository private_folder",
    "syncer.workflow.drifting": "drift",
    "syncer.workflow.explaining": "explain",
    "syncer.workflow.exporting": "export",
    "syncer.workflow.formatting": "format_files",
    "syncer.workflow.journals": "list_journals prune_journals show_journal",
    "syncer.workflow.planning": "PlanOptions load_files plan read_plan save_plan",
    "syncer.workflow.recovering": "Standing Talk Way recover",
    "syncer.workflow.restoring": "Restoring goal_of_backup names_of",
    "syncer.workflow.staging": "Staging",
    "syncer.workflow.starting": "copy_examples embedded_data init",
    "syncer.workflow.telling": "Telling",
    "syncer.workflow.tracing": "Tracing",
    "syncer.workflow.validating": "Wanted validate_files",
    "syncer.workflow.watching": "Watching watch",
    "syncer.workflow.writeback": "update",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:  # for which it has the names above, and no others

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
