"""What becomes of the configs that name a category, which tells whether it was renamed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncer.model.address import Kind
from syncer.model.state import LiveObject
from syncer.plan.steps import Step


@dataclass(slots=True)
class Use:
    """What becomes of the managed configs that name a category: `new_names` counts what they name then."""

    stays: bool = False
    configs: int = 0
    new_names: Counter[str] = field(default_factory=Counter)


def uses_of(
    steps: Iterable[Step], configs: Iterable[LiveObject], categories: Sequence[LiveObject]
) -> Mapping[int, Use]:
    """By the category's id; `steps` and managed `configs` are those of its domain."""
    steps = [step for step in steps if step.change.address.kind is Kind.CONFIG]
    by_config = {step.live.id: step for step in steps if step.live}
    targets = [step.target for step in steps if step.target]
    kept = {(ref.name if ref.id is None else ref.id) for target in targets for ref in target.kept_refs}
    named = kept | {name for target in targets for name in target.categories}
    uses = {c.id: Use(c.address.name in named or c.id in named) for c in categories}
    ids = {c.address.name: c.id for c in categories}
    for config in configs:
        refs = {ids.get(ref.name or "") if ref.id is None else ref.id for ref in config.categories}
        for used in uses.keys() & refs:
            _note(uses[used], by_config.get(config.id))
    return uses


def _note(use: Use, step: Step | None) -> None:
    if step is None:
        use.stays = True
    elif step.target is not None:
        use.configs += 1
        use.new_names.update(step.target.categories)
