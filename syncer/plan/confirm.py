"""What a person lets through: a guard holds a plan back until its exact number, or its word, is said."""

from dataclasses import dataclass, replace

from syncer.errors import GuardRefused, some, visible
from syncer.model.plan import Guard, Plan

_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person confirmed: exact numbers, and the word for an unverified wire profile."""

    deletes: int | None = None
    updates: int | None = None
    unverified_wire: bool = False
    unreached: int | None = None

    def covers(self, guard: Guard) -> bool:
        """Whether the guard lets the plan through."""
        match guard.confirm:
            case "unverified-wire":
                return self.unverified_wire
            case "deletes":
                said = self.deletes
            case "updates":
                said = self.updates
            case "unreached":
                said = self.unreached
            case _:
                return False
        return said is not None and said == guard.count


def refuse_held(plan: Plan, confirmed: Confirmed) -> None:
    """GuardRefused with every guard that nobody let through."""
    held = [guard for guard in plan.guards if not confirmed.covers(guard)]
    if held:
        raise GuardRefused("held back, nothing was written:\n" + "\n".join(_told(guard) for guard in held))


def let_through(plan: Plan) -> Plan:
    """The plan as it is shown to whoever confirmed its guards already."""
    notes = tuple(f"{guard.message}: let through by --{_option(guard)}" for guard in plan.guards)
    return replace(plan, guards=(), notes=plan.notes + notes)


def _option(guard: Guard) -> str:
    return f"confirm-{guard.confirm} {guard.count}" if guard.count is not None else str(guard.confirm)


def _told(guard: Guard) -> str:
    remedy = f"go on all the same with --{_option(guard)}" if guard.confirm else "nothing overrides this"
    named = some(guard.addresses, _NAMED_AT_MOST, visible)
    return f"  {visible(guard.message, 2000)}" + (f": {named}" if named else "") + f"; {remedy}"
