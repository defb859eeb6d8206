# SPDX-License-Identifier: MIT
"""Facts in a serial log: lines `groma: TOPIC key=value ...`, values without blanks.

Lines that begin like a fact and are none, and keys that come twice in a line, are kept as `malformed`:
a reader that skipped them would also skip a fact that changed its form.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = "groma: "
TOPIC = re.compile(r"[a-z][a-z0-9_-]*")
PAIR = re.compile(r"([a-z][a-z0-9_-]*)=(\S+)")


class FactError(Exception):
    """One phrase: which fact is not there exactly once, or lacks a key."""


@dataclass(frozen=True)
class Fact:
    topic: str
    values: dict
    line: str

    def number(self, key: str) -> int:
        """A value as a number: decimal, or hex with 0x."""
        try:
            return int(self.values[key], 0)
        except KeyError:
            raise FactError(f"{self.topic} has no key {key}: {self.line}") from None
        except ValueError:
            raise FactError(f"{self.topic}: {key}={self.values[key]} is no number") from None


class Facts:
    """All facts of a log, in order."""

    def __init__(self, text: str) -> None:
        self.facts: list[Fact] = []
        self.malformed: list[str] = []
        for line in text.splitlines():
            if line.startswith(PREFIX):
                fact = parse_line(line)
                if fact:
                    self.facts.append(fact)
                else:
                    self.malformed.append(line)

    def all(self, topic: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.topic == topic]

    def once(self, topic: str, **values: str) -> Fact:
        """The one fact of that topic (and with those values); a FactError when there is none, or more."""
        found = [fact for fact in self.all(topic)
                 if all(fact.values.get(key) == value for key, value in values.items())]
        if len(found) != 1:
            what = " ".join([topic, *(f"{key}={value}" for key, value in values.items())])
            raise FactError(f"groma: {what}: {len(found)} lines, not 1")
        return found[0]

    def faults(self, expected: dict) -> list[str]:
        """What `{topic: {key: value or predicate}}` finds wrong; each topic must be there exactly once."""
        faults = []
        for topic, values in expected.items():
            try:
                fact = self.once(topic)
            except FactError as error:
                faults.append(str(error))
                continue
            faults += [fault for key, want in values.items() if (fault := value_fault(fact, key, want))]
        return faults


def parse_line(line: str) -> Fact | None:
    """The fact on a line that begins with `groma: `; None when it is malformed."""
    topic, *words = line[len(PREFIX):].split(" ")
    pairs = [PAIR.fullmatch(word) for word in words]
    if not TOPIC.fullmatch(topic) or not words or not all(pairs):
        return None
    values = {pair[1]: pair[2] for pair in pairs}
    return Fact(topic, values, line) if len(values) == len(pairs) else None


def value_fault(fact: Fact, key: str, want) -> str:
    """"" when the value is `want`: text, a number in any base, or a predicate over the text."""
    if key not in fact.values:
        return f"{fact.topic} has no key {key}"
    found = fact.values[key]
    if callable(want):
        try:
            good = want(found)
        except ValueError:
            good = False
        name = getattr(want, "__name__", "")
        return "" if good else f"{fact.topic} {key}={found} is not as {name.strip('<>') or 'expected'} wants"
    if isinstance(want, int):
        try:
            good = fact.number(key) == want
        except FactError:
            good = False
    else:
        good = found == want
    return "" if good else f"{fact.topic} {key}={found}, not {want}"
