"""Whether a category or domain that is to be deleted is still empty: the plan's guards, asked again at the write."""

from syncer.apply.fresh import Fresh
from syncer.devices.interface import Service, devices_of
from syncer.errors import plural
from syncer.model.address import Kind, category_address, config_address
from syncer.model.state import LiveObject
from syncer.plan.target import means


async def occupied(thing: LiveObject, service: Service, fresh: Fresh) -> str:
    """What is in the way of its deletion; "" if nothing is."""
    if thing.address.kind is Kind.CONFIG:
        return ""
    domain, domain_id = thing.address.domain, thing.domain_id
    inside = list(await fresh.listing(config_address(domain, "", ""), domain_id))
    said = "names it now"
    if thing.address.kind is Kind.CATEGORY:
        inside = [config for config in inside if any(means(ref, thing) for ref in config.categories)]
    else:
        inside += await fresh.listing(category_address(domain, ""), domain_id)
        said = "is in it now"
    if inside:
        return f"{inside[0].address.shown} {said}"
    asked = devices_of(thing)
    if asked is None:
        return "whether it has devices cannot be checked"
    count = len((await service.devices([asked]))[0])
    return f"it has {plural(count, 'device')} now" if count else ""
