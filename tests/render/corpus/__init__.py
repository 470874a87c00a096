"""Plans by name that hold together all that a plan can hold: what every renderer is shown with (../goldens)."""

from collections.abc import Mapping

from syncer.model.plan import Plan
from tests.render.corpus.everyday import EVERYDAY
from tests.render.corpus.folds import FOLDED
from tests.render.corpus.hostile import HOSTILE
from tests.render.corpus.objects import OBJECTS
from tests.render.corpus.telling import TELLING
from tests.render.corpus.texts import TEXTS

CORPUS: Mapping[str, Plan] = EVERYDAY | OBJECTS | TELLING | TEXTS | FOLDED | HOSTILE
