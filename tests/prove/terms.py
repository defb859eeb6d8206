# SPDX-License-Identifier: MIT
"""Goals as Frama-C's WP prints them: hypotheses, predicates in them, and the patterns by which WP finds a term again.

WP names a term in a script by its footprint: the heads of the term and of its parts, breadth first, until 32
characters are reached.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"\s*(<->|->|<-|<=|>=|!=|/\\|\\/|[A-Z]\w*\.\w+(?=\()|[A-Za-z_]\w*|-?\d+|.)", re.DOTALL)
GOAL = re.compile(r"^ *Goal (.*?)^ *Prove:(.*?)^ *-----", re.DOTALL | re.MULTILINE)
LET = re.compile(r"^ *Let (\w+) = (.*?)\.$", re.DOTALL | re.MULTILINE)
STEP = re.compile(r"^  +(Type|Have|When|Core|Init|If|State|Either)\b:?(.*?)"
                  r"(?=^  +(?:Type|Have|When|Core|Init|If|State|Either|\(\*|Else|\})|^ *\})", re.DOTALL | re.MULTILINE)
RELATIONS = {"!=": "~", "/\\": "&", "\\/": "|", "->": ">"}
FOOTPRINT_CHARS = 32
Term = tuple[str, list]         # head and parts


class Reader:
    """Reads one printed term; names that `Let` introduced are put in."""

    def __init__(self, text: str, lets: dict[str, str]) -> None:
        self.tokens, self.at, self.lets = TOKEN.findall(text), 0, lets

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def term(self) -> Term:
        left = self.sum()
        while self.peek() in ("<=", "<", "=", "!=", ">", ">=", "/\\", "\\/", "->"):
            sign = self.next()
            left = (RELATIONS.get(sign, sign), [left, self.sum()])
        return left

    def sum(self) -> Term:
        left = self.product()
        while self.peek() in ("+", "-") or re.match(r"-\d", self.peek()):
            sign = self.next() if self.peek() in ("+", "-") else ""     # else the number has its sign
            right = self.product() if sign else (self.next(), [])
            left = ("+", [*(left[1] if left[0] == "+" else [left]), (".-1", [right]) if sign == "-" else right])
        return left

    def product(self) -> Term:
        left = self.selected()
        while self.peek() in ("*", "/", "%"):
            sign, right = self.next(), self.selected()
            left = ("." + left[0], [right]) if sign == "*" and re.fullmatch(r"-?\d+", left[0]) else (sign, [left, right])
        return left

    def selected(self) -> Term:
        """A term with what is taken of it: `m[at]`, `m[at <- value]`, `record.field`."""
        left = self.simple()
        while self.peek() in ("[", "."):
            if self.next() == ".":
                left = ("." + self.next(), [left])
                continue
            parts = [left, self.term()]
            if self.next() == "<-":
                parts.append(self.term())
                self.next()
            left = ("[=]" if len(parts) == 3 else "[]", parts)
        return left

    def simple(self) -> Term:
        token = self.next()
        if token == "(":
            inner = self.term()
            self.next()
            return inner
        if token == "if":
            parts = [self.term()]
            while self.peek() in ("then", "else"):
                self.next()
                parts.append(self.term())
            return ("?", parts)
        if re.fullmatch(r"-?\d+", token):
            return (token, [])
        if token == "-":
            return (".-1", [self.selected()])
        if self.peek() == "(":
            return (token.replace("Ig.", "\\"), self.arguments())
        if token in self.lets:
            return Reader(self.lets[token], self.lets).term()
        return ("$" + re.sub(r"_\d+$", "", token), [])

    def arguments(self) -> list[Term]:
        self.next()
        parts = []
        while self.peek() != ")":
            parts.append(self.term())
            if self.peek() == ",":
                self.next()
        self.next()
        return parts


@dataclass
class Sequent:
    """A goal: its hypotheses as (kind, text), what is to be proved, and the names that `Let` gives to terms."""
    steps: list[tuple[str, str]]
    prove: str
    lets: dict[str, str] = field(default_factory=dict)

    def footprint(self, text: str) -> str:
        queue, found = [Reader(text, self.lets).term()], ""
        while queue and len(found) < FOOTPRINT_CHARS:
            head, parts = queue.pop(0)
            found += head
            queue += parts
        return found

    def same(self, text: str) -> str:
        """The term with all names put in, to compare it with another goal's."""
        return repr(Reader(text, self.lets).term())

    def known(self) -> list[tuple[int, str, str]]:
        """(step, name, text) of each predicate that is a hypothesis, in order."""
        return [(at, name, text) for at, (kind, step) in enumerate(self.steps) if kind in ("Have", "When")
                for part in conjuncts(step) for name, text in predicates(part) if text == part]


def conjuncts(step: str) -> list[str]:
    """What a step says, part by part; a step that is one quantifier or implication is one part."""
    parts, depth, text = [""], 0, step.strip().removesuffix(".")
    for at, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if depth == 0 and text.startswith("/\\", at):
            parts.append("")
        elif not (depth == 0 and text.startswith("/\\", at - 1)):
            parts[-1] += char
    return [part.strip() for part in parts]


def predicates(text: str) -> list[tuple[str, str]]:
    """(name, text) of each predicate applied in a text."""
    found = []
    for match in re.finditer(r"P_(\w+)\(", text):
        depth, end = 0, match.end() - 1
        while depth or end < match.end():
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        found.append((match[1], text[match.start():end]))
    return found


def sequents(printed: str) -> list[tuple[str, Sequent]]:
    """The goals that WP printed: (title, sequent)."""
    found = []
    for text, prove in GOAL.findall(printed):
        body = text[text.index("Assume {"):] if "Assume {" in text else ""
        found.append((text, Sequent(STEP.findall(body), prove.strip().removesuffix("."), dict(LET.findall(text)))))
    return found
