#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutants of a C file: every place where an operator, a constant, a condition or a statement could
be another one. Works on tokens; comments, strings, static assertions and the preprocessor are no code
(a #define is, for its constants). Of a header only the functions are: what else stands in it is agreed
with those who include it. What does not compile is dropped later, so this need not know C well.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
      (?P<comment> /\*.*?\*/ | //[^\n]* )
    | (?P<string>  "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
    | (?P<number>  (?:0[xX][0-9a-fA-F]+|\d+)[uUlL]* )
    | (?P<word>    [A-Za-z_]\w* )
    | (?P<operator> <<= | >>= | \.\.\. | -> | \+\+ | -- | << | >> | <= | >= | == | != | && | \|\|
                  | \+= | -= | \*= | /= | %= | &= | \|= | \^= | . )
    """, re.VERBOSE | re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)

SWAPS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "&&": ("||",), "||": ("&&",), "<<": (">>",), ">>": ("<<",), "|": ("&",), "^": ("|",), "/": ("*",), "%": ("/",),
    "++": ("--",), "--": ("++",), "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",), "|=": ("&=",),
    "&=": ("|=",), "^=": ("|=",), "<<=": (">>=",), ">>=": ("<<=",), "true": ("false",), "false": ("true",),
}
BINARY = {"+": ("-",), "-": ("+",), "*": ("/",), "&": ("|",)}   # only between two operands
COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
DROPPED_UNARY = {"!", "~"}
CONTROL = {"if", "else", "for", "while", "do", "switch", "case", "default", "return", "goto"}
TYPES = {"const", "struct", "enum", "union", "static", "void", "char", "int", "unsigned", "signed", "long",
         "short", "bool", "size_t", "volatile", "register", "extern", "inline"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclass(frozen=True)
class Mutant:
    """`text[at:end]` becomes `new`. `before` and `after` are the lines concerned, each in one line."""
    file: str
    line: int
    at: int
    end: int
    new: str
    before: str
    after: str

    def apply(self, text: str) -> str:
        return text[:self.at] + self.new + text[self.end:]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.before} -> {self.after}"


def is_type(word: str) -> bool:
    return word in TYPES or word.endswith("_t")


def blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def code_only(text: str) -> str:
    """The same text, as long, with blanks where no mutant may be."""
    for match in DIRECTIVE.finditer(text):
        define = re.match(r"[ \t]*#[ \t]*define[ \t]+\w+(?!\()", match[0])
        text = blank(text, match.start(), match.start() + len(define[0]) if define else match.end())
    for match in re.finditer(r"\b(?:_Static_assert|STATIC_ASSERT)\b.*?;", text, re.DOTALL):
        text = blank(text, match.start(), match.end())
    return text


def tokens_of(text: str) -> list[Token]:
    return [Token(match.lastgroup, match[0], match.start()) for match in TOKEN.finditer(code_only(text))
            if not match[0].isspace() and match.lastgroup != "comment"]


def closing(tokens: list[Token], index: int) -> int:
    """The token that closes the bracket at `index`."""
    depth = 0
    for i in range(index, len(tokens)):
        depth += tokens[i].text in "([{"
        depth -= tokens[i].text in ")]}"
        if depth == 0:
            return i
    return len(tokens) - 1


# ---- the kinds of mutants: (first byte, end, new text) ---------------------------------------------

def is_operand_end(token: Token) -> bool:
    return token.kind == "number" or token.text in (")", "]") or (
        token.kind == "word" and token.text not in CONTROL | {"sizeof"})


def is_declarator(tokens: list[Token], i: int) -> bool:
    """Is the `*` at i that of a pointer's type?"""
    before = tokens[i - 1].text
    return is_type(before) or (i >= 2 and tokens[i - 2].text in ("struct", "enum", "union"))


def operators(tokens: list[Token]):
    for i, token in enumerate(tokens):
        if token.kind not in ("operator", "word") or i == 0:
            continue
        swaps = SWAPS.get(token.text, ())
        if token.text in BINARY and is_operand_end(tokens[i - 1]):
            swaps = () if token.text == "*" and is_declarator(tokens, i) else BINARY[token.text]
        elif token.text in DROPPED_UNARY or (token.text == "-" and not is_operand_end(tokens[i - 1])):
            swaps = ("",)
        for swap in swaps:
            yield token.at, token.end, swap


def constants(tokens: list[Token]):
    depth, brackets = 0, 0
    for token in tokens:
        depth += (token.text == "{") - (token.text == "}")
        brackets += (token.text == "[") - (token.text == "]")
        if token.kind != "number" or (depth == 0 and brackets > 0):     # outside of bodies: an array's size
            continue
        digits = token.text.rstrip("uUlL")
        suffix, value = token.text[len(digits):], int(digits, 0)
        show = hex if digits[:2] in ("0x", "0X") else str
        for other in sorted({value + 1, max(value - 1, 0), 0} - {value}):
            yield token.at, token.end, show(other) + suffix


def negations(tokens: list[Token]):
    for i, token in enumerate(tokens[:-1]):
        if token.text == "if" and tokens[i + 1].text == "(":
            close = closing(tokens, i + 1)
            texts = [token.text for token in tokens[i + 2:close]]
            alone = not {"&&", "||"} & set(texts)
            if not (alone and (COMPARISONS & set(texts) or texts[0] == "!")):   # then its operator's swap does it
                yield tokens[i + 1].at, tokens[close].end, None                 # None: negate what stands there


def statement_starts(tokens: list[Token]):
    """Indexes of tokens that begin a statement inside a function."""
    depth, inside, headers = 0, 0, set()
    for i, token in enumerate(tokens):
        if token.text in ("if", "for", "while", "switch") and i + 1 < len(tokens):
            headers.add(closing(tokens, i + 1))
        depth += (token.text == "{") - (token.text == "}")
        inside += (token.text in "([") - (token.text in ")]")
        if depth > 0 and inside == 0 and i + 1 < len(tokens) and (
                token.text in (";", "{", "}", "else", "do") or i in headers or
                (token.text == ":" and tokens[i - 1].text == "default") or
                (token.text == ":" and "case" in [t.text for t in tokens[max(0, i - 6):i]])):
            yield i + 1


def is_declaration(tokens: list[Token], i: int) -> bool:
    return is_type(tokens[i].text) or (tokens[i].kind == "word" and tokens[i + 1].kind == "word")


def drops(tokens: list[Token]):
    inside_initializer = set()
    for i, token in enumerate(tokens[:-1]):
        if token.text in ("=", ")") and tokens[i + 1].text == "{" and token.text == "=":
            inside_initializer.update(range(i + 1, closing(tokens, i + 1) + 1))
    for start in statement_starts(tokens):
        first = tokens[start].text
        if start in inside_initializer or first in CONTROL | {"{", "}", ";", "else", "."} or \
                is_declaration(tokens, start):
            continue
        end = start
        while end < len(tokens) and tokens[end].text != ";":
            end = closing(tokens, end) + 1 if tokens[end].text in "([{" else end + 1
            if end < len(tokens) and tokens[end].text == "}":
                break
        if end < len(tokens) and tokens[end].text == ";":
            yield tokens[start].at, tokens[end].at, ""


# ---- the mutants of a file ---------------------------------------------------------------------------

def one_line(text: str) -> str:
    return " ".join(re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL).split())


def bodies(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where the bodies of functions begin and end."""
    found, i = [], 1
    while i < len(tokens):
        close = closing(tokens, i) if tokens[i].text in "([{" else i
        if tokens[i].text == "{" and tokens[i - 1].text == ")":
            found.append((tokens[i].at, tokens[close].end))
        i = close + 1
    return found


def mutants_of(file: str, text: str) -> list[Mutant]:
    """In the order of the text, each different text once."""
    tokens = tokens_of(text)
    code = bodies(tokens) if file.endswith(".h") else [(0, len(text))]
    found: dict[tuple[int, int, str], Mutant] = {}
    for kind in (operators, constants, negations, drops):
        for at, end, new in kind(tokens):
            if not any(first <= at < last for first, last in code):
                continue
            new = f"(!{text[at:end]})" if new is None else new
            first = text.rfind("\n", 0, at) + 1
            last = text.find("\n", end)
            before = one_line(text[first:last])
            after = one_line(text[first:at] + new + text[end:last])
            found.setdefault((at, end, new), Mutant(file, text.count("\n", 0, at) + 1, at, end, new, before, after))
    return sorted(found.values(), key=lambda mutant: (mutant.at, mutant.end, mutant.new))
