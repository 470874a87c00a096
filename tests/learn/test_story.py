"""Recorded, learned, proven, applied: without a hand on the profile in between."""

from pathlib import Path

import pytest

from syncer.files.learned import learned_text
from syncer.learn.learner import learn
from syncer.model.selftest import SelfTest
from syncer.wire.profile import load
from syncer.workflow.verifying import Trial
from tests.cli.running import PASSWORD, syncer
from tests.learn.vocabularies import VOCABULARIES, clicked, profile_of, recorded
from tests.selftest.rig import PROFILES, open_rig

FILES = """\
domain: example.com
categories:
  - name: Desks
configs:
  - {type: NTP, desc: time, categories: [Desks], ntp1: ptbtime1.ptb.de}
  - {type: EXPERT, desc: "no telnet ä 😀", categories: [Desks], script: "config rem TELNET0\\n"}
"""


@pytest.mark.parametrize("name", VOCABULARIES)
async def test_what_is_learned_is_proven_and_applies(name: str, tmp_path: Path) -> None:
    profile = learned_text(learn([recorded(tmp_path, clicked(name))]), "p")
    has_domains = profile_of(name).operation("create_domain") is not None
    async with open_rig(tmp_path, profile, PROFILES[name]) as rig:
        test = await rig.told(Trial(domains=has_domains))
        assert isinstance(test, SelfTest), test
        assert (test.exit_code, test.failed) == (0, None)
        assert test.proven == set(load(profile, "p").operations)
        (rig.repo / "domains" / "example.com.yaml").write_text(FILES, "utf-8")
        environ = {"SYNCER_PASSWORD": PASSWORD}
        applied = await syncer("apply", "--yes", cwd=rig.repo, environ=environ)
        assert applied.code == 0, applied
        again = await syncer("plan", "--detailed-exitcode", cwd=rig.repo, environ=environ)
        assert again.code == 0, again


async def test_what_was_not_recorded_is_not_proven_and_not_applied(tmp_path: Path) -> None:
    """Nobody guesses how a category is renamed: an apply that needs it is refused, and says what is missing."""
    profile = learned_text(learn([recorded(tmp_path, clicked("conventional", "update_category"))]), "p")
    async with open_rig(tmp_path, profile, PROFILES["conventional"]) as rig:
        test = await rig.told(Trial())
        assert isinstance(test, SelfTest), test
        assert "update_category" not in test.proven
        renamed = "domain: example.com\ncategories: [{name: Desks, renamed_from: Phones}]\n"
        (rig.repo / "domains" / "example.com.yaml").write_text(renamed, "utf-8")
        refused = await syncer("apply", "--yes", cwd=rig.repo, environ={"SYNCER_PASSWORD": PASSWORD})
        assert refused.code in (1, 4)
        assert "update_category" in refused.err
