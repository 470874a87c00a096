"""What in the files is legal and probably wrong: the warnings there are, each by its code."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.errors import Problem


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked for: what it is, why it matters, what to do about it."""

    code: str
    title: str
    why: str
    remedy: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class LintWarning(Problem):
    """What is probably wrong, by the code of its rule."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What files are worth: mistakes, or, where there are none, warnings and how much the files describe."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[LintWarning, ...] = ()
    domains: int = 0
    categories: int = 0
    configs: int = 0

    @property
    def is_valid(self) -> bool:
        """Whether a plan can be made of them."""
        return not self.problems


INVALID = "invalid"
UNKNOWN_CODE = "unknown-code"

_ALL = (
    Rule(
        INVALID,
        "a mistake",
        "The file cannot be read, or says something that syncer or the service does not take. Nothing is planned until "
        "it is corrected.",
        "Do what the message says. It cannot be silenced.",
        is_error=True,
    ),
    Rule(
        "everyone",
        "a config for every device of the domain",
        "categories: [] does not mean that no device gets the config: every device of the domain does, gateways as "
        "much as phones, whatever categories they are in.",
        "Name the categories. If every device is meant, say so on the line: # syncer: ignore everyone",
    ),
    Rule(
        "disabled-category",
        "a category with config: false is used by a config",
        "The service does not use such a category for configurations, so the config does not reach its devices.",
        "Set config: true on the category, or take it out of the config's categories.",
    ),
    Rule(
        "unused-category",
        "a category that nothing uses",
        "No config of the files names the category, so its devices get only what is for every device. Often a name was "
        "changed in one place and not in the other.",
        "Name it in a config, remove it, or set config: false if it is not meant for configurations.",
    ),
    Rule(
        "conflict",
        "two configs of one type give the same devices different values",
        "Both reach the devices of one category (categories: [] reaches all), and set a field differently. Which one "
        "counts is the service's choice. Fields that one of them leaves unset, and scripts, are not compared.",
        "Set the field in one of them only, or let them reach different categories.",
    ),
    Rule(
        "missing-server",
        "an NTP config without ntp1, or a PHONE config without gk1",
        "Without a time server clocks stand wrong and certificates look expired; without a gatekeeper phones register "
        "nowhere.",
        "Add the field. If it is set elsewhere, name it under ignore: of the entry or of the policy.",
    ),
    Rule(
        "bad-timezone",
        "a tz that is no POSIX TZ string",
        "Devices take a POSIX TZ string: the name of standard time, how far it is behind UTC (so Berlin is -1), and "
        "for summer time a name and the rules of its begin and end. With anything else clocks stand wrong. Names such "
        "as Europe/Berlin are none.",
        "Write it like CET-1CEST-2,M3.5.0/2,M10.5.0/3. The last line of /usr/share/zoneinfo/Europe/Berlin holds it.",
    ),
    Rule(
        "bad-host",
        "a host that cannot be one",
        "The field holds the name or address of a server, with or without a port, and no device can find one by this.",
        "Write a name like pbx.example.com or an address like 172.16.0.1; a url belongs into fields that say so.",
    ),
    Rule(
        "bad-url",
        "a url that cannot be one",
        "The field holds a url, and no device can open this one.",
        "Write it whole, like https://alarms.example.com/in.",
    ),
    Rule(
        "unseeded-secret",
        "a secret whose seed is empty",
        "On the wire logPassword is encrypted with the value of url, turnPassword with that of turnServer. Without it "
        "the encryption rests on the session alone, and nothing uses the password.",
        "Set the other field too, or leave the password out.",
    ),
    Rule(
        "crlf",
        "a script with carriage returns",
        "Lines that end in CR LF, as Windows writes them, reach the devices as they are, and a command's last word is "
        "then followed by an invisible character.",
        "Save the script with LF. In git, .gitattributes keeps it so: scripts/* text eol=lf",
    ),
    Rule(
        "long-line",
        "a script with a very long line",
        "No public document says how long a command may be. syncer takes 1024 bytes for what is safe with every "
        "device; what is longer may be cut off without a word.",
        "Divide the command. If your devices take it, silence the warning where the script is named.",
    ),
    Rule(
        "spent-rename",
        "a renamed_from whose former name is taken",
        "Another entry has the former name. Either the rename was done and the name is used again, then renamed_from "
        "says nothing any more; or it was not, then both entries mean one live object, which a plan refuses.",
        "Remove the renamed_from once every server has seen it.",
    ),
    Rule(
        UNKNOWN_CODE,
        "a comment silences what is no code",
        "The comment # syncer: ignore CODE names no warning, so it silences nothing.",
        "Correct the code; `syncer explain` lists them all.",
    ),
)
RULES: Mapping[str, Rule] = {rule.code: rule for rule in _ALL}
SILENCEABLE = tuple(rule.code for rule in _ALL if not rule.is_error and rule.code != UNKNOWN_CODE)
