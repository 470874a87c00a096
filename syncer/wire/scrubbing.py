"""Messages of a recording without their secrets, from which as much can be learned as from the recording."""

import re

from syncer.wire.masking import LONGEST, Masking

_BY_SIZE = re.compile(  # in JSON's text: a byte, an escape, a longer one, two bytes, three, four, and halves of a pair
    r"(?P<one>[ !#-\[\]-~]+)|(?P<escape>[\"\\\t\b\f\r]+)|(?P<control>[\0-\x07\x0b\x0e-\x1f]+)"
    "|(?P<two>[\x80-\u07ff]+)|(?P<three>[\u0800-\ud7ff\ue000-\uffff]+)|(?P<four>[\U00010000-\U0010ffff]+)"
    "|(?P<high>[\ud800-\udbff]+)|(?P<low>[\udc00-\udfff]+)"
)
_FILLING = {
    "one": "x",
    "escape": "\t",
    "control": "\x01",
    "two": "\xd7",
    "three": "\u2026",
    "four": "\U0001f600",
    "high": "\ud83d",
    "low": "\ude00",
}


class Scrubber(Masking):
    """Makes copies to share of the messages of one recording, from which as much can be learned as from them.

    Equal secrets get equal placeholders, which tell neither text nor length. Long texts, scripts and their pieces keep
    their length, in bytes too, wherever they were cut, since that is how pieces are told.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[object, int] = {}

    def secret(self, text: str) -> str:
        """`secret-N`; a long one may be a piece."""
        return self.long(text) if len(text) > LONGEST else f"secret-{self._number_of(text)}"

    def long(self, text: str) -> str:
        """Each character by one of the same size as JSON; line ends (and DEL) stay."""
        return _BY_SIZE.sub(lambda run: _FILLING[run.lastgroup or ""] * len(run[0]), text)

    def number(self, number: object) -> object:
        """Any but 0, which may stand for unset."""
        return self._number_of(number) if number else number

    def _number_of(self, secret: object) -> int:
        return self._known.setdefault(secret, len(self._known) + 1)
