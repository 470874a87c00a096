"""From recordings to what a wire profile says, with the evidence; nothing is concluded silently."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncer.errors import ProblemsError, visible
from syncer.learn import clicks, habits, pieces, spelling
from syncer.learn.constants import Unsayable, constants_of, said_of
from syncer.learn.leaves import Path
from syncer.learn.replies import failure_of, response_of, says_no
from syncer.learn.samples import Sample
from syncer.learn.spelling import Places
from syncer.learn.traffic import Traffic, traffic_of
from syncer.learn.understanding import samples_of
from syncer.learn.world import World
from syncer.model.address import Action, Kind
from syncer.model.learned import Confidence, Contradiction, Finding, Learned, Missing, Side
from syncer.model.recording import Recording
from syncer.wire.messages import encode
from syncer.wire.profile import SEND_VALUE, load

_ORDER = (*(f"{action}_{kind}" for kind in Kind for action in Action), SEND_VALUE)
_CONFIGS = ("create_config", "update_config")
_RANK = (Confidence.SENT, Confidence.ANSWERED, Confidence.SHOWN)


def learn(recordings: Sequence[Recording], url: str | None = None) -> Learned:
    """What the recordings teach; SyncerError where they hold no talk with one Devices service.

    `url`: a part of the address of the service that is meant.
    """
    return _Learner(traffic_of(recordings, url)).learn()


class _Learner:
    """Of one service."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        first, _ = samples_of(traffic.exchanges, World(traffic.heard), frozenset())
        self.domain_places = spelling.domain_places(first)
        self.world = World(traffic.heard)
        self.samples, self.others = samples_of(traffic.exchanges, self.world, self.domain_places)
        self.common = said_of(self.samples)
        self.flags = {kind: spelling.flag_of(self.samples, kind) for kind in spelling.FLAGS}
        self.places: dict[str, Places] = {}
        self.contradictions: list[Contradiction] = []
        self.unset: habits.Habit | None = None
        self.unclear: dict[str, Missing] = {}
        self.settings: dict[str, Any] = {}
        self.why: dict[str, str] = {}

    def learn(self) -> Learned:
        """Operation by operation, then what they have in common."""
        findings = [found for name in _ORDER if name != SEND_VALUE and (found := self._operation(name))]
        findings.extend(self._pieces())
        self._category_refs(findings)
        findings = self._checked(findings)
        return Learned(
            url=self.traffic.url,
            findings=tuple(findings),
            settings=self.settings,
            setting_evidence=self.why,
            missing=tuple(self._missing(findings)),
            contradictions=tuple(self.contradictions),
            remarks=(*self.traffic.remarks, *self._unrecognised(), *self._failed(), *self._unnameable()),
        )

    def _operation(self, name: str) -> Finding | None:
        samples = [one for one in self.samples if one.operation == name and not one.failed]
        if not samples:
            return None
        templates = self._templates(name, samples)
        if templates is None:
            return None
        template, chosen = templates
        response, why = response_of(chosen, self._errors(), self._usual_error())
        entry: dict[str, Any] = {"request": template, "response": response}
        best = max(chosen, key=lambda one: _RANK.index(one.confidence))
        evidence = [best.evidence, *why, *self._style(name, chosen, entry), *_constants(template)]
        numbers = tuple(number for one in chosen for number in one.exchange.numbers)
        return Finding(name, entry, numbers, best.confidence, tuple(filter(None, evidence)))

    def _templates(self, name: str, samples: list[Sample]) -> tuple[dict[str, Any], list[Sample]] | None:
        """One template for all; where they contradict, what the recording shows to work beats what it does not."""
        try:
            places = self.places[name] = spelling.places_of(samples, self.world, self.domain_places, self.common)
        except Unsayable as exc:
            self._contradict(f"{name}: {exc}", [(_outline(samples[0].message), samples)])
            return None
        sides: dict[str, tuple[dict[str, Any], list[Sample]]] = {}
        for sample in samples:
            try:
                template = spelling.template_of(sample, places, self.flags.get(sample.kind), self.world)
            except Unsayable as exc:
                self._contradict(f"{name}: {exc}", [(_outline(sample.message), [sample])])
                return None
            sides.setdefault(encode(template), (template, []))[1].append(sample)
        try:
            return _merged(list(sides.values()))
        except Unsayable as exc:
            shown = [side for side in sides.values() if any(one.is_shown for one in side[1])]
            if len(shown) == 1:
                return shown[0]
            told = [(_outline(template), of_it) for template, of_it in sides.values()]
            self._contradict(f"{name}: it is spelled in several ways; {exc}", told)
            return None

    def _contradict(self, what: str, sides: Sequence[tuple[str, Sequence[Sample]]]) -> None:
        told = tuple(Side(text, tuple(n for one in of_it for n in one.exchange.numbers)) for text, of_it in sides)
        self.contradictions.append(Contradiction(what, told))

    def _style(self, name: str, samples: list[Sample], entry: dict[str, Any]) -> Iterator[str]:
        """What of an update is sent, and how unset fields are written; added to the operation's entry."""
        if name.startswith("update"):
            sent = habits.sends(samples, self.world)
            entry["sends"] = sent.value or "whole"
            yield self._habit(sent, "sends", "whether an update sends the whole object")
        if name in _CONFIGS:
            unset = self._unset(name, samples, is_whole=entry.get("sends") != "changed")
            if unset.value:
                entry["unset"] = unset.value
            yield self._habit(unset, "unset", "how fields that are not set are written")

    def _habit(self, habit: habits.Habit, click: str, what: str) -> str:
        """Its evidence; what cannot be told is missing."""
        if habit.confidence is Confidence.SENT:
            self.unclear[what] = Missing(what, clicks.CLICKS[click])
        return habit.evidence

    def _unset(self, name: str, samples: list[Sample], *, is_whole: bool) -> habits.Habit:
        if not is_whole:
            return habits.cleared(samples)
        found = habits.unset(samples, self._types())
        if name == "create_config":
            self.unset = found
        elif found.confidence is Confidence.SENT and self.unset and self.unset.confidence is Confidence.SHOWN:
            return habits.Habit(self.unset.value, f"unset fields as on create: {self.unset.evidence}")
        return found

    def _types(self) -> Mapping[int, str]:
        return {
            one.number: str(one.thing.raw["type"])
            for one in self.samples
            if one.kind is Kind.CONFIG and one.number is not None and one.thing and "type" in one.thing.raw
        }

    def _errors(self) -> Mapping[str, Path]:
        found: dict[str, Path] = {}
        for one in self.traffic.exchanges:
            if one.reply is not None and (path := failure_of(one.reply.message)):
                found.setdefault(one.reply.mt, path)
        return found

    def _usual_error(self) -> Path | None:
        """Where most failures stood, for operations that never failed."""
        common = Counter(self._errors().values()).most_common(1)
        return common[0][0] if common else None

    def _pieces(self) -> Iterator[Finding]:
        configs = [one for one in self.samples if one.kind is Kind.CONFIG]
        try:
            found = pieces.finding(configs, self.world)
        except Unsayable as exc:
            self._contradict(f"{SEND_VALUE}: {visible(exc)}", [])
            return
        if found:
            self.settings["max_message_bytes"] = found[1]
            self.why["max_message_bytes"] = f"the largest piece that was sent had {found[1]} bytes"
            yield found[0]

    def _category_refs(self, findings: list[Finding]) -> None:
        style, sides = habits.category_refs(self.samples, self.places, self.world)
        if sides:
            self.contradictions.append(Contradiction("how a config's categories are written cannot be told", sides))
        writes = {name: [one for one in self.samples if one.operation == name and not one.failed] for name in _CONFIGS}
        told = {name for name, of_it in writes.items() if style and habits.says_categories(of_it, self.places)}
        for name in (one.operation for one in findings if one.operation in writes):
            if name not in told:  # a config whose categories are not understood would be for every device
                self.unclear[name] = Missing(f"how {name} writes categories", clicks.CLICKS["category_refs"])
        findings[:] = [one for one in findings if one.operation not in writes.keys() - told]
        if style is None:
            return
        self.settings["category_refs"] = style
        self.why["category_refs"] = f"a config's categories were written as {style}"

    def _checked(self, findings: Sequence[Finding]) -> list[Finding]:
        """Those that make a profile which takes the recorded messages for what they are."""
        if not findings:
            return []
        document = {"format": "syncer-wire/1", "name": "learned", "origin": "learned", **self.settings}
        operations = {one.operation: dict(one.entry) for one in findings}
        try:
            profile = load(encode({**document, "operations": operations}), "what was learned")
        except ProblemsError as exc:
            self._contradict(f"what was learned makes no wire profile: {visible(exc)}", [])
            return []
        wrong: dict[str, tuple[str, Sample]] = {}
        for sample in self.samples:
            if sample.operation in operations and not sample.failed:
                taken = profile.recognise(sample.message)
                if taken is None or taken.operation != sample.operation:
                    other = (
                        f"cannot be told from those of {taken.operation}" if taken else "do not all fit one spelling"
                    )
                    wrong[sample.operation] = (other, sample)
        for name, (other, sample) in wrong.items():
            what = f"{name}: its messages {other}"
            self._contradict(what, [(_outline(operations[name]["request"]), [sample])])
        return [one for one in findings if one.operation not in wrong]

    def _missing(self, findings: Sequence[Finding]) -> Iterator[Missing]:
        there = {one.operation for one in findings} | self.unclear.keys()
        contradicted = {one.what.partition(":")[0] for one in self.contradictions}
        for name in (*clicks.NEEDED, *clicks.DOMAINS):
            if name not in there | contradicted:
                yield Missing(name, clicks.CLICKS[name])
        yield from self.unclear.values()

    def _unrecognised(self) -> Iterator[str]:
        refused = [one for one in self.others if one.reply and _refused(one.reply.message)]
        for one in refused:
            yield f"set aside since the service refused it: {visible(one.request.mt, 60)} (message {one.numbers[0]})"
        others = [one for one in self.others if one not in refused]
        for mt in sorted({one.request.mt for one in others}):
            first, *more = [one.request.frame.number for one in others if one.request.mt == mt]
            which = f"message {first}" + (f" and {len(more)} more" if more else "")
            yield f"not recognised: {visible(mt, 60)} ({which})"

    def _unnameable(self) -> Iterator[str]:
        """Failures that a profile cannot say how to see."""
        replies = [one.reply.message for one in self.traffic.exchanges if one.reply]
        found = {place for reply in replies if not failure_of(reply) and (place := says_no(reply))}
        for place in sorted(found):
            yield (
                f"a failure was told at {visible(place, 60)}, as no wire profile can say it; "
                "what a write did is read back in any case"
            )

    def _failed(self) -> Iterator[str]:
        for one in self.samples:
            if one.failed:
                yield f"set aside since the service refused it: {one.operation} (message {one.exchange.numbers[0]})"


def _merged(sides: Sequence[tuple[dict[str, Any], list[Sample]]]) -> tuple[dict[str, Any], list[Sample]]:
    template, samples = sides[0][0], list(sides[0][1])
    for other, more in sides[1:]:
        template = spelling.merged(template, other)
        samples.extend(more)
    return template, samples


def _refused(reply: Mapping[str, Any]) -> bool:
    return bool(failure_of(reply) or says_no(reply))


def _constants(template: Mapping[str, Any]) -> Iterator[str]:
    """What every message will say, for people to doubt."""
    said = [f"{'/'.join(map(str, path))}: {json.dumps(value)}" for path, value in constants_of(template)]
    if said:
        yield f"always says {visible(', '.join(said))}"


def _outline(message: Mapping[str, Any]) -> str:
    """The keys of a message, and of its values what is no secret: its name and what stands for something."""
    return encode({key: value if key == "mt" else _shape(value) for key, value in message.items() if key != "src"})


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    is_placeholder = isinstance(value, str) and value.startswith("$")
    return value if is_placeholder else [] if isinstance(value, list) else "…"
