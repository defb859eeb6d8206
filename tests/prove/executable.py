# SPDX-License-Identifier: MIT
"""Contracts as E-ACSL can run them: a source's text with each annotation rewritten.

E-ACSL (Frama-C 25) knows no predicate or logic function that reads memory, and ignores a clause that uses
one. So their definitions are put in the place of their calls, with their bound variables renamed. What is
left out is counted, with the reason: `assigns` (not about values), quantifiers over all pages (too many to
try), calls of recursive functions and of predicates over two states. Conjunctions become clauses of their
own, each in a line of its own, so that one that E-ACSL refuses costs no other; its warnings tell which.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

ANNOTATION = re.compile(r"/\*@(.*?)\*/|//@([^\n]*)", re.DOTALL)
OTHER_COMMENT = re.compile(r'/\*(?!@).*?\*/|//(?!@)[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
TOKEN = re.compile(r"\\?[A-Za-z_]\w*|\d\w*|<==>|==>|->|\.\.|&&|\|\||<<|>>|[<>=!]=|\S")
DEFINITION = re.compile(r"(?:predicate|logic\s+\w+(?:\s*\*)?)\s*\b(\w+)\s*(?:\{([\w, ]*)\})?\s*(?:\((.*?)\))?\s*=(?!=)\s*(.*)", re.DOTALL)
OPEN, CLOSE = "([{", ")]}"
LOOSE = {"==>", "<==>", "||", "?", "\\forall", "\\exists", "\\let"}      # bind weaker than &&
KINDS = ("requires", "ensures", "loop invariant", "loop variant", "assert")
FUNCTION = re.compile(r"^[A-Za-z][\w \*]*?\b(\w+)\([^;{}]*\)\n\{$", re.MULTILINE)
OVER_PAGES = re.compile(r"\\(?:forall|exists) integer (?:\w+, )*[pv](?:_\d+)? ;")   # p: a page, v: any value
GHOST_PARAMETERS = re.compile(r"\)\s*/\*@ ghost \(([^()]*)\) \*/")     # of a function, or those that a call gives
BOOL_FIELD = re.compile(r"^\s+bool (\w+);", re.MULTILINE)
OLD_READ = re.compile(r"\\at \(.*\[.*, (?:Old|Pre) \)")
OLD_MEMORY = re.compile(r"\\(?:old|at) \( [^()]*(?:->|\[)")
READS = {"->", "[", "*", "\\result"}
DEEP_TOKENS = 60            # of clauses that go first where E-ACSL does not end on a function


@dataclass
class Definition:
    labels: list[str]
    params: list[str]
    body: list[str]


@dataclass
class Result:
    """The text, how many clauses are in it, and how many are left out for what reason."""
    text: str = ""
    clauses: int = 0
    left_out: Counter = field(default_factory=Counter)


def plain(text: str) -> str:
    """An annotation's text without the comments in it and without the @ that begin lines."""
    return re.sub(r"//[^\n]*", "", re.sub(r"^\s*@", "", text, flags=re.MULTILINE))


def split_at(tokens: list[str], mark: str) -> list[list[str]]:
    """Splits at a token that stands in no bracket."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSE)
        if token == mark and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def closing(tokens: list[str], start: int) -> int:
    depth = 0
    for i in range(start, len(tokens)):
        depth += (tokens[i] in OPEN) - (tokens[i] in CLOSE)
        if depth == 0:
            return i
    raise ValueError(f"no end of {' '.join(tokens[start:start + 8])}")


class Definitions:
    """Predicates and logic functions of a source and of what it includes; none has two meanings."""

    def __init__(self, texts: list[str]) -> None:
        self.all: dict[str, Definition] = {}
        self.fresh = 0
        self.bools = {name for text in texts for name in BOOL_FIELD.findall(text)}
        for text in texts:
            for match in ANNOTATION.finditer(text):
                for clause in clauses_of(plain(match[1] or match[2])):
                    found = DEFINITION.match(" ".join(clause))
                    if found:
                        self.define(*found.groups())

    def define(self, name: str, labels: str | None, params: str | None, body: str) -> None:
        names = [re.findall(r"\w+", param)[-1] for param in (params or "").split(",") if param]
        made = Definition(re.findall(r"\w+", labels or ""), names, TOKEN.findall(body))
        if self.all.setdefault(name, made) != made:
            raise SystemExit(f"executable.py: {name} has two meanings")

    def rename_bound(self, body: list[str]) -> list[str]:
        """Fresh names for what \\forall and \\exists bind."""
        bound = {}
        for i, token in enumerate(body):
            if token in ("\\forall", "\\exists"):
                self.fresh += 1
                for name in body[i + 2:body.index(";", i)]:
                    if name != ",":
                        bound.setdefault(name, f"{name}_{self.fresh}")
        return [bound.get(token, token) if body[i - 1] not in (".", "->") else token
                for i, token in enumerate(body)]

    def put(self, name: str, labels: list[str], arguments: list[list[str]], above: tuple[str, ...]) -> list[str]:
        """The body of a definition for these arguments. ValueError: it is recursive."""
        if name in above:
            raise ValueError("recursive")
        known = self.all[name]
        if len(known.labels) > 1:
            raise ValueError("two-states")
        body = self.expand(self.rename_bound(known.body), (*above, name))
        values = dict(zip(known.params, arguments))
        states = dict(zip(known.labels, labels))
        result: list[str] = []
        for i, token in enumerate(body):
            if token in values and (i == 0 or body[i - 1] not in (".", "->")):
                result += ["(", *values[token], ")"]
            else:
                result.append(states.get(token, token))
        if len(known.labels) == 1 and labels and labels[0] != "Here":
            if any(READS & set(argument) for argument in arguments):    # it would be read in that state, too
                raise ValueError("two-states")
            return ["\\at", "(", "(", *result, ")", ",", labels[0], ")"]
        return ["(", *result, ")"]

    def expand(self, tokens: list[str], above: tuple[str, ...] = ()) -> list[str]:
        result: list[str] = []
        i = 0
        while i < len(tokens):
            token, i = tokens[i], i + 1
            if token not in self.all or (result and result[-1] in (".", "->")) or \
                    (self.all[token].params and tokens[i:i + 1] not in (["("], ["{"])):
                result.append(token)
                continue
            if not self.all[token].params:
                result += self.put(token, [], [], above)
                continue
            labels = []
            if tokens[i] == "{":
                end = closing(tokens, i)
                labels, i = [word for word in tokens[i + 1:end] if word != ","], end + 1
            end = closing(tokens, i)
            arguments = [self.expand(part, above) for part in split_at(tokens[i + 1:end], ",")]
            result += self.put(token, labels, arguments, above)
            i = end + 1
        return result


def conjuncts(tokens: list[str]) -> list[list[str]]:
    """The parts of a conjunction that can stand alone; brackets around all of it are taken off."""
    while tokens and tokens[0] == "(" and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    depth = 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSE)
        if depth == 0 and token in LOOSE:
            return [tokens]
    parts = split_at(tokens, "&&")
    return [tokens] if len(parts) == 1 else [piece for part in parts for piece in conjuncts(part)]


def clauses_of(text: str) -> list[list[str]]:
    """The clauses of an annotation: those of a quantifier's own semicolon are put together again."""
    clauses: list[list[str]] = []
    for tokens in split_at(TOKEN.findall(text), ";"):
        if clauses and re.search(r"\\(forall|exists|let)[^;]*$", " ".join(clauses[-1])) and is_open(clauses[-1]):
            clauses[-1] += [";", *tokens]
        elif tokens:
            clauses.append(tokens)
    return clauses


def is_open(tokens: list[str]) -> bool:
    """Do the tokens end in a quantifier's list of variables?"""
    last = max(i for i, token in enumerate(tokens) if token in ("\\forall", "\\exists", "\\let"))
    return all(re.fullmatch(r"\w+|,|\*", token) for token in tokens[last + 1:])


def function_at(text: str, at: int) -> str:
    """The function that an annotation belongs to: that around it, or that behind it."""
    for match in FUNCTION.finditer(text):
        if text.index("\n}", match.end()) > at:
            return match[1]
    return ""


def rewrite(text: str, known: Definitions, levels: dict[str, int]) -> Result:
    """A source with executable annotations. Levels: 1: a function's short clauses only, 2: none of them."""
    result = Result()
    text = GHOST_PARAMETERS.sub(r", \1)", text)        # E-ACSL crashes on them; as others, they can be looked at
    hidden = OTHER_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    at = 0
    for match in ANNOTATION.finditer(hidden):
        result.text += text[at:match.start()]
        at = match.end()
        level = levels.get(function_at(text, match.start()), 0)
        result.text += annotation(plain(match[1] or match[2]), result, known, level)
    result.text += text[at:]
    return result


def path_start(tokens: list[str], field_at: int) -> int:
    """Where the expression `a . b -> field` begins."""
    at = field_at
    while at > 0 and tokens[at - 1] in (".", "->"):
        at -= 2
        while tokens[at] in (")", "]"):
            depth, end = 0, at
            while depth or at == end:
                depth += (tokens[at] in CLOSE) - (tokens[at] in OPEN)
                at -= 1
            if tokens[at + 1] == "(" and (at < 0 or not re.match(r"\\?\w", tokens[at])):
                at += 1
                break
    return at


def bytes_for_bools(tokens: list[str], bools: set[str]) -> list[str]:
    """E-ACSL does not end on a field of type bool: it is read as the byte that it is."""
    result: list[str] = []
    for token in tokens:
        result.append(token)
        if token in bools and len(result) > 1 and result[-2] in (".", "->"):
            at = path_start(result, len(result) - 1)
            if "\\result" in result[at:]:
                raise ValueError("bool-of-result")
            result[at:] = ["(", "*", "(", "uint8_t", "*", ")", "&", *result[at:], ")"]
    return result


def chosen(tokens: list[str]) -> list[str]:
    """E-ACSL crashes on \\min and \\max: `a < b ? a : b`."""
    result: list[str] = []
    i = 0
    while i < len(tokens):
        if tokens[i] not in ("\\min", "\\max"):
            result.append(tokens[i])
            i += 1
            continue
        end = closing(tokens, i + 1)
        left, right = (["(", *chosen(part), ")"] for part in split_at(tokens[i + 2:end], ","))
        result += ["(", *left, "<" if tokens[i] == "\\min" else ">", *right, "?", *left, ":", *right, ")"]
        i = end + 1
    return result


def has_lost_comparison(tokens: list[str]) -> bool:
    """Is there a < b < c beside a quantifier's bounds? E-ACSL forgets a < b where it looks for bounds."""
    if "\\exists" in tokens:
        looked_at = tokens
    elif "\\forall" in tokens and "==>" in tokens:
        looked_at = tokens[:tokens.index("==>", tokens.index("\\forall")) if "==>" in
                           tokens[tokens.index("\\forall"):] else len(tokens)]
    else:
        return False
    bound = {name for i, token in enumerate(tokens) if token in ("\\forall", "\\exists")
             for name in tokens[i + 2:tokens.index(";", i)]}
    last = -1
    for i, token in enumerate(looked_at):
        if token in ("&&", "||", "==>", "<==>", ";", "?", ":", ","):
            last = -1
        elif token in ("<", "<=", ">", ">="):
            if last >= 0 and not set(looked_at[last + 1:i]) - {"(", ")"} <= bound:
                return True
            last = i
    return False


def ends_at_a_name(tokens: list[str]) -> bool:
    """Is there a range whose end is a name alone, perhaps in parentheses?"""
    for i, token in enumerate(tokens):
        depth = 0
        while token == ".." and tokens[i + 1 + depth] == "(":
            depth += 1
        name, behind = i + 1 + depth, tokens[i + 2 + depth:i + 3 + 2 * depth]
        if token == ".." and tokens[name].isidentifier() and behind == [")"] * (depth + 1):
            return True
    return False


def bounds_alone(tokens: list[str]) -> list[str]:
    """E-ACSL wants nothing but the bounds before ==>: `a <= i < b && more ==> P` is `a <= i < b ==> more ==> P`."""
    result = list(tokens)
    for at, token in enumerate(result):
        if token != "\\forall" or "," in result[at:result.index(";", at)]:
            continue
        start, depth, split = result.index(";", at) + 1, 0, 0
        for i in range(start, len(result)):
            depth += (result[i] in OPEN) - (result[i] in CLOSE)
            if depth < 0 or depth == 0 and result[i] in LOOSE:
                if split and result[i] == "==>":
                    result[split] = "==>"
                break
            if depth == 0 and result[i] == "&&" and not split:
                if sum(word in ("<", "<=") for word in result[start:i]) != 2:
                    break
                split = i
    return result


def executable(tokens: list[str], known: Definitions, level: int) -> list[str]:
    """What stands for a conjunct; ValueError: the reason why nothing does."""
    clauses = []
    for done in conjuncts(chosen(known.expand(tokens))):
        if OVER_PAGES.search(" ".join(done)):
            raise ValueError("over-pages")
        if has_lost_comparison(done):
            raise ValueError("chain-in-a-quantifier")
        if OLD_READ.search(" ".join(done)) and {"==>", "?"} & set(done):
            raise ValueError("old-behind-a-guard")      # E-ACSL reads it at the call, whatever the guard says
        if OLD_MEMORY.search(" ".join(done)) and {"\\forall", "\\exists"} & set(done):
            raise ValueError("old-in-a-quantifier")     # it reads it anew there, as it is afterwards
        if any(token == ".." and done[i - 2:i] != ["(", "0"] for i, token in enumerate(done)):
            raise ValueError("range-not-from-0")        # E-ACSL takes its number for the address of a number
        if "\\result" in done and ends_at_a_name(done):
            raise ValueError("range-to-a-parameter")        # there it is \old of it, and the same fault
        if level > 1 or (level > 0 and len(done) > DEEP_TOKENS):
            raise ValueError("too-deep")
        clauses.append(" ".join(bytes_for_bools(bounds_alone(done), known.bools)))
    return clauses


def annotation(text: str, result: Result, known: Definitions, level: int) -> str:
    lines: list[str] = []
    for tokens in clauses_of(text):
        if tokens[0] == "ghost":
            return f"/*@ {text.strip()} */"
        if tokens[0] in ("predicate", "logic", "lemma"):
            continue
        length = 2 if tokens[0] == "loop" else 1
        kind = " ".join(tokens[:length])
        if kind not in KINDS:
            result.left_out[kind.split()[-1]] += 1
            continue
        for part in conjuncts(tokens[length:]):
            try:
                lines += [f"{kind} {clause};" for clause in executable(part, known, level)]
            except ValueError as error:
                result.left_out[str(error)] += 1
    result.clauses += len(lines)
    if not lines:
        return "/* nothing to run */"
    if lines[0].startswith("assert"):
        return "\n".join(f"/*@ {line} */" for line in lines)
    return "/*@ " + "\n".join(lines) + " */"
