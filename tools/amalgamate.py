#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes groma_memmap.h and groma_memmap.c: the memory map engine as two files that compile alone.

    amalgamate.py --out FOLDER [--version TEXT]

All of common/memmap goes in, and of common/base what it includes. Nothing is listed by name:

    public header   a header of memmap/ whose names all begin with memmap_ or MEMMAP_   -> the .h
    private header  one that has other names, or says "Private to" in its head          -> the .c
    base/           names get the prefix groma_ or GROMA_, for they are too common for
                    somebody else's kernel (PAGE_BYTES, MIB); with a header comes its .c

What private headers declare becomes static. The .c is one translation unit: a name that two files
define for themselves would clash, and is refused here with both places. The output depends on the
files alone.
"""
from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE, BASE = "memmap", "base"
COMPILER_CALLS = {"memcpy", "memmove", "memset", "memcmp"}      # must keep their names
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|[A-Za-z_]\w*', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">].*\n', re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
PROVIDE = "GROMA_MEMMAP_PROVIDE_MEM"


class Refused(Exception):
    """The files cannot be put into one; the text says which and why."""


@dataclass
class Item:
    """A declaration or definition at file scope."""
    start: int
    head: str                       # up to the body or initializer, without attributes
    is_function: bool = False       # declares or defines one
    is_static: bool = False
    has_body: bool = False
    name: str = ""                  # "" where it defines only a tag
    tag: str = ""                   # of a struct, union or enum that it defines
    enumerators: list[str] = field(default_factory=list)


@dataclass
class File:
    path: str                       # below common/
    text: str
    includes: list[str]
    system: list[str]
    items: list[Item]
    macros: list[str]

    def names(self) -> list[str]:
        """What the file adds to the two spaces of names; tags are written `struct x`."""
        found = list(self.macros)
        for item in self.items:
            found += [item.name] if item.name else []
            found += [f"struct {item.tag}"] if item.tag else []
            found += item.enumerators
        return found


# ---- reading C, as far as this house's style goes ---------------------------------------------------

def blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def bare_code(text: str) -> str:
    """The text with comments, strings and directives blanked, at the same offsets."""
    keep = TOKEN.sub(lambda match: match[0] if match[0][0] not in "/\"'" else blank(match), text)
    return DIRECTIVE.sub(blank, keep)


def read_items(code: str) -> list[Item]:
    """Cuts bare code at file scope: after each `;`, and after each function's body."""
    items, start, depth, body = [], 0, 0, ""
    for match in re.finditer(r"[{};]", code):
        at, sign = match.start(), match[0]
        if sign == "{":
            depth += 1
            if depth == 1 and not body:
                body = "function" if code[start:at].rstrip().endswith(")") else "braces"
        elif sign == "}":
            depth -= 1
        if depth == 0 and (sign == ";" or (sign == "}" and body == "function")):
            items += read_item(code[start:at + 1], start, body == "function")
            start, body = at + 1, ""
    return items


def read_item(code: str, start: int, has_body: bool) -> list[Item]:
    start += len(code) - len(code.lstrip())
    head = ATTRIBUTE.sub(" ", code.strip())
    item = Item(start, head, has_body=has_body)
    if re.match(r"(_Static_assert|STATIC_ASSERT|C_DECLARATIONS_\w+\s*;?$)", head) or head == ";":
        return []
    enum = re.match(r"[^({]*?\benum\b[^{(]*\{(.*?)\}", head, re.S)
    if enum:
        item.enumerators = re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", re.sub(r"\([^()]*\)", "", enum[1]))
    tag = re.match(r"[^({=]*\b(?:struct|union|enum)\s+(\w+)\s*\{", head)
    item.tag = tag[1] if tag else ""
    flat = head[:head.index("{")] if has_body else without_braces(head)
    item.is_static = bool(re.search(r"\bstatic\b", flat))
    call = re.search(r"([A-Za-z_]\w*)\s*\(", flat)
    item.is_function = bool(call) and "=" not in flat[:call.start()] and not flat.startswith("typedef")
    if item.is_function:
        item.name = call[1]
    else:
        name = re.search(r"([A-Za-z_]\w*)\s*(?:\[.*?)?\s*[=;]", flat, re.S)
        is_tag_alone = re.fullmatch(r"(?:static\s+)?(?:struct|union|enum)\s*\w*\s*(?:\{\})?\s*;", flat)
        item.name = "" if is_tag_alone or not name else name[1]
    return [item]


def without_braces(text: str) -> str:
    while (shorter := re.sub(r"\{[^{}]+\}", "{}", text.replace("{{}", "{").replace("{} {}", ""))) != text:
        text = shorter
    return text


def read_file(path: str) -> File:
    text = (ROOT / "common" / path).read_text(encoding="utf-8")
    found = INCLUDE.findall(text)
    guard = re.search(r"^#ifndef (GROMA_\w+_H)\n#define \1\n", text, re.M)
    if path.endswith(".h") and not guard:
        raise Refused(f"common/{path}: no include guard of the form GROMA_..._H")
    macros = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", TOKEN.sub(keep_code, text), re.M)
    macros = sorted(set(macros) - {guard[1]} if guard else set(macros))
    return File(path, text, [name for sign, name in found if sign == '"'],
                [name for sign, name in found if sign == "<"], read_items(bare_code(text)), macros)


def keep_code(match: re.Match) -> str:
    return blank(match) if match[0][:2] in ("/*", "//") else match[0]


# ---- what belongs where -----------------------------------------------------------------------------

class Engine:
    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        for path in sorted((ROOT / "common" / ENGINE).glob("*.[ch]")):
            self.add(f"{ENGINE}/{path.name}", "")
        self.public = [path for path in self.headers(ENGINE) if self.is_public(self.files[path])]
        self.renamed = self.renames()

    def add(self, path: str, by: str) -> None:
        """Adds a file and all it includes; with a header of base/ its .c too."""
        if path in self.files:
            return
        if path.split("/")[0] not in (ENGINE, BASE):
            raise Refused(f"common/{by}: includes {path}; the engine may use {ENGINE}/ and {BASE}/ alone")
        self.files[path] = file = read_file(path)
        for name in file.includes:
            self.add(name, path)
        source = re.sub(r"\.h$", ".c", path)
        if path.startswith(BASE) and (ROOT / "common" / source).exists():
            self.add(source, path)

    def headers(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(folder + "/") and path.endswith(".h"))

    def sources(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(folder + "/") and path.endswith(".c"))

    @staticmethod
    def is_public(file: File) -> bool:
        head = file.text.split("#ifndef", 1)[0]
        return "Private to" not in head and all(
            re.match(r"(struct )?memmap|MEMMAP_", name) for name in file.names())

    def renames(self) -> dict[str, str]:
        names: set[str] = set()
        for path in self.headers(BASE):
            names |= {name for name in self.files[path].names() if not name.startswith("struct ")}
        names -= COMPILER_CALLS
        return {name: ("GROMA_" if name.isupper() else "groma_") + name
                for name in names if not name.lower().startswith("groma_")}

    def order(self, roots: list[str], done: set[str]) -> list[str]:
        """The roots and what they include, each after all that it includes itself."""
        result: list[str] = []

        def visit(path: str) -> None:
            if path in done:
                return
            done.add(path)
            for name in sorted(self.files[path].includes):
                visit(name)
            result.append(path)

        for path in roots:
            visit(path)
        return result

    def check(self) -> None:
        for path in self.public:
            for name in self.files[path].includes:
                if name.startswith(ENGINE) and name not in self.public:
                    raise Refused(f"common/{path}: a public header includes the private common/{name}")
        owners: dict[str, str] = {}
        for path, file in self.files.items():
            for name in definitions(file):
                other = owners.setdefault(name, path)
                if other != path:
                    raise Refused(f"`{name}` is defined in common/{other} and in common/{path}: rename one")
        for path in self.sources(ENGINE) + self.sources(BASE):
            self.check_macros(path)

    def check_macros(self, path: str) -> None:
        """A macro of one .c would change the .c files behind it."""
        for other in self.sources(ENGINE) + self.sources(BASE):
            words = set(re.findall(r"\w+", bare_code(self.files[other].text)))
            for name in self.files[path].macros:
                if other != path and name in words:
                    raise Refused(f"`{name}` is a macro of common/{path} and a word in common/{other}: rename one")


def definitions(file: File) -> list[str]:
    prototypes = {item.name for item in file.items if item.is_function and not item.has_body}
    bodies = {item.name for item in file.items if item.is_function and item.has_body}
    return [name for name in file.names() if name not in prototypes - bodies]


# ---- writing ------------------------------------------------------------------------------------------

def rename(text: str, names: dict[str, str]) -> str:
    def word(match: re.Match) -> str:
        return names.get(match[0], match[0])

    def token(match: re.Match) -> str:
        if match[0][0] in "\"'":
            return match[0]
        return re.sub(r"\b[A-Za-z_]\w*", word, match[0])

    return TOKEN.sub(token, text)


def section(engine: Engine, path: str) -> str:
    """A file's text without what stands once for all: licence, guard, includes, linkage."""
    file = engine.files[path]
    text = file.text
    if path.startswith(ENGINE) and path.endswith(".h") and path not in engine.public:
        for item in reversed(file.items):
            if item.is_function and not item.has_body and not item.is_static:
                text = text[:item.start] + "static " + text[item.start:]
    text = re.sub(r"\A/\* SPDX-[^\n]*\*/\n", "", text)
    text = INCLUDE.sub("", text)
    text = re.sub(r"^C_DECLARATIONS_(BEGIN|END)\n", "", text, flags=re.M)
    if path.endswith(".h"):
        text = re.sub(r"^#ifndef (GROMA_\w+_H)\n#define \1\n", "", text, count=1, flags=re.M)
        text = re.sub(r"#endif\s*\Z", "", text)
    text = re.sub(r"\n{3,}", "\n\n", rename(text, engine.renamed)).strip("\n")
    if any(item.name in COMPILER_CALLS and item.has_body for item in file.items):
        text = provided(text)
    return f"/* ==== common/{path} {'=' * (84 - len(path))} */\n\n{text}\n"


def provided(text: str) -> str:
    return f"""#ifdef {PROVIDE}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options /* or it makes these loops into calls of themselves */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

{text}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#endif"""


HEAD = """/* SPDX-License-Identifier: MIT */
/*
 * {file}: the memory map engine of Groma {version}, in two files. Generated by
 * tools/amalgamate.py from common/memmap and common/base: change it there.
 *
{words}
 *
{licence}
 */
"""
HEADER_WORDS = f"""\
The public interface, for C17 and C++17. It needs the compiler's freestanding headers alone.
The .c calls nothing but memcpy, memmove, memset and memcmp, which compilers call by themselves
too. A program that has no such functions compiles the .c with -D{PROVIDE}."""
SOURCE_WORDS = f"""\
C17, freestanding: cc -std=c17 -O2 -ffreestanding -c groma_memmap.c
-D{PROVIDE} adds memcpy, memmove, memset and memcmp for a program without a C library."""


def comment(text: str) -> str:
    return "\n".join(" * " + line if line else " *" for line in text.strip().splitlines())


def head(file: str, version: str, words: str) -> str:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    return HEAD.format(file=file, version=version, words=comment(words), licence=comment(licence))


def write_header(engine: Engine, version: str, done: set[str]) -> str:
    system = sorted({name for file in engine.files.values() for name in file.system})
    paths = engine.order(engine.public, done)
    language = [path for path in paths if "C_DECLARATIONS_BEGIN" in engine.files[path].macros]
    if len(language) != 1:
        raise Refused(f"C_DECLARATIONS_BEGIN must be defined in one header of {BASE}/, not in {len(language)}")
    parts = [head("groma_memmap.h", version, HEADER_WORDS),
             "#ifndef GROMA_MEMMAP_AMALGAMATION_H\n#define GROMA_MEMMAP_AMALGAMATION_H\n",
             "".join(f"#include <{name}>\n" for name in system), f'#define GROMA_MEMMAP_VERSION "{version}"\n',
             section(engine, language[0]), "GROMA_C_DECLARATIONS_BEGIN\n",
             *(section(engine, path) for path in paths if path != language[0]),
             "GROMA_C_DECLARATIONS_END\n", "#endif\n"]
    return "\n".join(parts)


def write_source(engine: Engine, version: str, done: set[str]) -> str:
    base = engine.order([path for path in engine.headers(BASE) if path not in done], done)
    private = engine.order(engine.headers(ENGINE), done)
    parts = [head("groma_memmap.c", version, SOURCE_WORDS),
             '#ifdef __cplusplus\n#error compile this file as C\n#else\n\n#include "groma_memmap.h"\n',
             '#pragma GCC diagnostic push /* not all of base/ is used here */\n'
             '#pragma GCC diagnostic ignored "-Wunused-function"\n',
             *(section(engine, path) for path in base), "#pragma GCC diagnostic pop\n",
             *(section(engine, path) for path in private + engine.sources(BASE) + engine.sources(ENGINE)),
             "#endif /* C */\n"]
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--version", default="0")
    options = parser.parse_args()
    try:
        engine = Engine()
        engine.check()
        done: set[str] = set()
        header = write_header(engine, options.version, done)
        source = write_source(engine, options.version, done)
    except (Refused, OSError) as error:
        print(f"amalgamate: {error}", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "groma_memmap.h").write_text(header, encoding="utf-8")
    (options.out / "groma_memmap.c").write_text(source, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
