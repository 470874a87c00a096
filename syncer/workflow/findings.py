"""The checks of `syncer doctor` as they come in."""

from collections.abc import Callable, Mapping

from syncer.errors import Locked, ProblemsError, ServerError, SyncerError, visible
from syncer.model.doctor import Area, Check, Status

OnCheck = Callable[[Check], None]
_NOTHING_WRITTEN = "; nothing was written"  # what an apply would add, and goes without saying here
_CHECK_SERVER = "see that the url names a Devices app, and try again"
# What to do where a failure does not say it.
_ADVICE: Mapping[Area, str] = {
    Area.SETTINGS: "correct syncer.yaml",
    Area.URL: "see that the folder and the file can be used, or name another file",
    Area.LOGIN: "correct the server's password in syncer.yaml",
    Area.PROFILE: "correct it, or learn it anew: syncer wire learn",
    Area.FILES: "correct it; syncer validate tells the same without a server",
    Area.STATE: "make .syncer a folder that you can read and write",
}


class Findings:
    """Collects checks, and tells each to whoever listens."""

    def __init__(self, on_check: OnCheck) -> None:
        self.checks: list[Check] = []
        self._on_check = on_check

    def ok(self, area: Area, what: str) -> None:
        """As it should be."""
        self._add(Check(area, Status.OK, what))

    def warning(self, area: Area, what: str, hint: str) -> None:
        """It works, but somebody should know."""
        self._add(Check(area, Status.WARNING, what, hint))

    def failed(self, area: Area, what: str, hint: str) -> None:
        """Commands will fail by this."""
        self._add(Check(area, Status.FAILED, what, hint))

    def skipped(self, because: Area, *areas: Area) -> None:
        """These rest on one that failed."""
        for area in areas:
            self._add(Check(area, Status.SKIPPED, f"not tried, since {because} failed"))

    def not_told(self, area: Area, why: str) -> None:
        """It could not be tried for another reason."""
        self._add(Check(area, Status.SKIPPED, why))

    def failed_by(self, area: Area, exc: SyncerError, hint: str = "") -> None:
        """A failure in its own words; every problem a check of its own. `hint` is better than its own."""
        for what, own in _told(exc):
            self.failed(area, what, hint or own or _ADVICE.get(area, _CHECK_SERVER))

    def warning_by(self, area: Area, exc: SyncerError) -> None:
        """The same for what only stands in the way for now."""
        for what, hint in _told(exc):
            self.warning(area, what, hint)

    def has_failed(self, area: Area) -> bool:
        """Whether a check of this area failed."""
        return any(check.area is area and check.status is Status.FAILED for check in self.checks)

    def _add(self, check: Check) -> None:
        self.checks.append(check)
        self._on_check(check)


def _told(exc: SyncerError) -> list[tuple[str, str]]:
    match exc:
        case ProblemsError():
            return [(f"{one.place}: {one.what}" if one.place else one.what, one.hint) for one in exc.problems]
        case ServerError():
            return [(exc.what, exc.hint)]
        case Locked():
            who = f": {exc.holder}" if exc.holder else ""
            return [(f"another {exc.command or 'syncer'} is at work on {visible(exc.server)}{who}", "wait for its end")]
        case _:
            *evidence, last = str(exc).removesuffix(_NOTHING_WRITTEN).split("\n")
            what, _, hint = last.partition("; ")
            return [(line, last) for line in evidence] or [(what, hint)]
