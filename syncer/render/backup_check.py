"""What a check of a backup found, for people and for programs."""

from collections.abc import Iterator

from syncer.errors import plural
from syncer.model.backup import Checked, Counts, Manifest, about
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style
from syncer.render.values import LONGEST_PROSE, harmless, one_line

FORMAT = "syncer-backup-check/1"
_LABEL = 10  # cells


def render_check(checked: Checked, manifest: Manifest, *, width: int | None = None, color: bool = False) -> str:
    """What the backup is, and whether it is whole; its problems are told elsewhere."""
    page = Page(width, color)
    verdict = ("is whole.", Style.GREEN) if not checked.problems else ("is damaged.", Style.LOUD)
    page.put((f"{one_line(checked.file)} ", Style.BOLD), *verdict)
    for label, text in _facts(checked, manifest):
        page.put((f"  {label:{_LABEL}}", Style.DIM), harmless(text, LONGEST_PROSE))
    return page.text


def _facts(checked: Checked, manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "server", f"{one_line(manifest.server_name)}  {one_line(manifest.server_url)}"
    rights = "which reads every domain" if manifest.admin else "which may not read every domain"
    yield "login", f"{one_line(manifest.domain)}, {rights}"
    yield "made", f"{one_line(manifest.created)} by syncer {one_line(manifest.syncer)}"
    yield "holds", ", ".join(plural(count, noun) for noun, count in _held(manifest.counts))
    yield "secrets", _secrets(checked, manifest)
    for recipient in manifest.recipients:
        yield "for", one_line(recipient)
    for note in manifest.notes:
        yield "note", note
    for remark in checked.remarks:
        yield "remark", remark


def _held(counts: Counts) -> Iterator[tuple[str, int]]:
    yield from (("domain", counts.domains), ("category", counts.categories))
    yield from (("config", counts.configs), ("device", counts.devices))


def _secrets(checked: Checked, manifest: Manifest) -> str:
    found = ", ".join(f"{count} {how}" for how, count in sorted(checked.secrets.items()))
    return found or f"none ({manifest.secrets})"


def check_document(checked: Checked) -> str:
    """The same as JSON; `manifest`, without the files, is null where the backup could not be read at all."""
    manifest = checked.manifest
    return as_json(
        {
            "format": FORMAT,
            "file": checked.file,
            "ok": not checked.problems,
            "problems": [{"what": one.what, "hint": one.hint} for one in checked.problems],
            "manifest": about(manifest) if manifest else None,
            "secrets_found": dict(sorted(checked.secrets.items())),
            "remarks": list(checked.remarks),
        }
    )
