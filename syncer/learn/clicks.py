"""What to click in the Devices App, so that each write is seen once; on scratch objects only."""

from collections.abc import Mapping

CLICKS: Mapping[str, str] = {
    "create_category": "create a category, say `syncer scratch`",
    "update_category": "rename it to `syncer scratch 2`",
    "create_config": "create an NTP config with the description `scratch time`, two servers, and that category",
    "update_config": "open that config, change its first server only, save, and open it once more",
    "send_value": "create an EXPERT config in that category with a script of over 70,000 characters",
    "delete_config": "delete both configs",
    "delete_category": "delete the category",
    "create_domain": "create a domain, say `scratch.invalid`",
    "update_domain": "edit it",
    "delete_domain": "delete it",
    "category_refs": "create a config that has the scratch category",
    "unset": "create a config of which some fields stay empty; open it, empty one that is set, and save",
    "sends": "open a config of which two fields are set, change one of them, save, and open it again",
}


def _step(name: str) -> str:
    return CLICKS[name][0].upper() + CLICKS[name][1:]


GUIDE = (
    "Work in a domain with few devices, and touch nothing but what you make here; no device has the scratch category.",
    "Open an empty tab, its developer tools (F12) and there the network tab; switch on that the log is preserved.",
    "Only now open the Devices App in that tab and log in, so that the connection is recorded from its beginning.",
    "Open the domain, its categories and its list of device configurations.",
    *(_step(name) + "." for name in ("create_category", "update_category")),
    "Switch off that it is used for configurations, save; switch it on again, save.",
    _step("create_config") + ". Always choose the category: a config without one is for every device.",
    _step("update_config") + ".",
    "Empty its second server, save.",
    _step("send_value") + "; open it once more. (Any text, # at the beginning of each line.)",
    "Try something that is refused, such as a second category of the same name.",
    "Delete the two configs, and look at the list again.",
    "Delete the category, and look at the list again.",
    "If syncer shall manage domains too: create `scratch.invalid`, edit it, delete it.",
    "Save the recording: in Chrome and Edge `Export HAR`, in Firefox `Save All As HAR`.",
    "`syncer wire learn RECORDING.har --out wire/NAME.yaml`; then delete the recording, for it holds your login.",
)
NEEDED = (
    "create_category",
    "update_category",
    "delete_category",
    "create_config",
    "update_config",
    "delete_config",
    "send_value",
)
DOMAINS = ("create_domain", "update_domain", "delete_domain")
