#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is common/ a library that strangers can use?

    check.py [--full] [--makefile FILE] [--build FOLDER] [NAME...]

Installs into a folder of its own and uses what lies there as a stranger would: headers, library,
groma.pc and the amalgamation, from C17 and C++17, hosted and freestanding. Also spoils copies of the
sources, to see that the amalgamation refuses them. Prints `ok NAME [seconds]` and `FAIL NAME detail`.

Without --full: gcc and g++, and clang where it is installed, for x86-64 and i386. With --full every
compiler of the table must be there.
"""
from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Werror")
FREESTANDING = ("-ffreestanding", "-nostdlib")
MEMORY = {"memcpy", "memmove", "memset", "memcmp"}
# Name, C compiler, C++ compiler (None: the C++ header is another line's matter), flags.
NATIVE = (
    ("gcc-x86_64", "gcc", "g++", ("-m64",)),
    ("gcc-i386", "gcc", "g++", ("-m32", "-fno-pic")),
    ("clang-x86_64", "clang", "clang++", ("-m64",)),
    ("clang-i386", "clang", "clang++", ("-m32", "-fno-pic")),
)
CROSS = (
    ("clang-i386-elf", "clang", "clang++", ("--target=i386-none-elf",)),
    ("clang-aarch64", "clang", "clang++", ("--target=aarch64-none-elf",)),
    ("clang-riscv64", "clang", "clang++", ("--target=riscv64-none-elf",)),
    ("gcc-i686-linux", "i686-linux-gnu-gcc", None, ("-fno-pic",)),
    ("gcc-aarch64", "aarch64-linux-gnu-gcc", None, ()),
    ("gcc-riscv64", "riscv64-linux-gnu-gcc", None, ()),
)
EXPECTED = """\
pages        0..     0x1 reserved
pages      0x1..    0x9f usable
pages     0x9f..    0xa0 reserved
pages    0x100..   0x200 usable
pages    0x200..   0x280 kernel
pages    0x280.. 0x7efe0 usable
pages  0x7efe0.. 0x7f000 acpi-reclaimable
"""
EXPECTED_CXX = "pfn 0x200 of 256 pages, 4 regions, balances 1\n"


class Failed(Exception):
    pass


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """The command's output; a failure, or a word on its standard error, fails the check."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    except OSError as error:
        raise Failed(f"{words[0]}: {error.strerror}") from None
    if done.returncode != 0 or done.stderr:
        raise Failed(f"{' '.join(words)}: status {done.returncode}\n{(done.stderr or done.stdout)[:2000]}")
    return done.stdout


class Checks:
    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.full = options.full
        self.make = ("make", "-s", "-f", options.makefile, f"BUILD={options.build}")
        self.prefix = folder / "prefix"
        self.one_file = self.prefix / "share" / "groma"

    def table(self) -> list[tuple[str, Callable[[], None]]]:
        compilers = NATIVE + (CROSS if self.full else ())
        return [
            ("lib.install", self.install),
            ("lib.headers", self.headers),
            ("lib.program", self.program),
            ("lib.program-one-file", self.program_one_file),
            ("lib.program-c++", self.program_cxx),
            ("lib.link", self.link),
            ("lib.readme", self.readme),
            *((f"lib.compile.{row[0]}", lambda row=row: self.compile(*row)) for row in compilers
              if self.full or shutil.which(row[1]) or row[1] == "gcc"),
            ("lib.amalgamate.same-again", self.same_again),
            ("lib.amalgamate.takes-new-files", self.takes_new_files),
            ("lib.amalgamate.refuses", self.refuses),
            ("lib.uninstall", self.uninstall),
        ]

    # ---- what was installed ---------------------------------------------------------------------

    def install(self) -> None:
        said = run(*self.make, "install", f"PREFIX={self.prefix}")
        for path in (path for path in self.prefix.rglob("*") if not path.is_dir()):
            name = path.relative_to(self.prefix)
            if not any(str(place) in said for place in (name, *name.parents) if len(place.parts) > 1):
                raise Failed(f"installed, and not said: {name}")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        refused = subprocess.run([*self.make, "install", "PREFIX=here"], cwd=ROOT, capture_output=True, text=True,
                                 env=environment)
        if refused.returncode == 0 or "PREFIX=here: it must be an absolute path" not in refused.stderr \
                or (ROOT / "here").exists():
            raise Failed(f"a relative PREFIX: {refused}")
        for name in ("lib/libgroma.a", "lib/libgroma_mem.a", "lib/pkgconfig/groma.pc", "share/groma/groma_memmap.h",
                     "share/groma/groma_memmap.c", "include/groma/memmap/normalize.h"):
            if not (self.prefix / name).is_file():
                raise Failed(f"not installed: {name}")

    def headers(self) -> None:
        """Each header alone; from C++ those of base and memmap, with the linkage of C."""
        include = self.prefix / "include"
        paths = sorted(include.rglob("*.h"))
        if len(paths) < len(list((ROOT / "common").glob("*/*.h"))) / 2:
            raise Failed(f"only {len(paths)} headers are installed")
        for path in paths:
            name = path.relative_to(include)
            program = self.write("header.c", f"#include <{name}>\n")
            run("gcc", "-std=c17", *WARNINGS, "-ffreestanding", "-fsyntax-only", "-I", include, program)
            if name.parts[1] != "frames" or name.name == "frames.h":
                self.header_cxx(name, path.read_text(encoding="utf-8"))

    def header_cxx(self, name: Path, text: str) -> None:
        text = re.sub(r"\s*__attribute__\(\(.*?\)\)(?=;)", "", text)
        functions = re.findall(r"^(?!static|MUST_USE static|typedef|[ /])[^\n(#]*\b(\w+)\([^;{}]*\);", text, re.M)
        functions = [word for word in functions if word != "STATIC_ASSERT"]
        uses = "".join(f"auto *use_{word} = &{word};\n" for word in functions)
        program, made = self.write("header.cc", f"#include <{name}>\n{uses}"), self.folder / "header.o"
        run("g++", "-std=c++17", *WARNINGS, "-c", "-I", self.prefix / "include", program, "-o", made)
        only(symbols(made, "undefined"), set(functions), f"{name}: no extern \"C\"?")

    def uninstall(self) -> None:
        run(*self.make, "uninstall", f"PREFIX={self.prefix}")
        left = [path for path in self.prefix.rglob("*") if not path.is_dir()]
        if left:
            raise Failed(f"left behind: {left[0]} and {len(left) - 1} more")

    # ---- programs ---------------------------------------------------------------------------------

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def pkg_config(self, what: str) -> list[str]:
        """`pkg-config --cflags` or `--libs`; read here where there is none."""
        tool = shutil.which("pkg-config") or shutil.which("pkgconf")
        pc = self.prefix / "lib" / "pkgconfig" / "groma.pc"
        if tool:
            return run("env", f"PKG_CONFIG_PATH={pc.parent}", tool, f"--{what}", "groma").split()
        text = pc.read_text(encoding="utf-8")
        values = dict(re.findall(r"^(\w+)=(.*)$", text, re.M))
        line = re.search(rf"^{what}: (.*)$", text, re.M | re.I)[1]
        while "${" in line:
            line = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], line)
        return line.split()

    def program(self) -> None:
        program = self.folder / "program"
        run("gcc", "-std=c17", *WARNINGS, *self.pkg_config("cflags"), HERE / "example.c", "-o", program,
            *self.pkg_config("libs"))
        expect(run(program), EXPECTED)

    def program_one_file(self) -> None:
        """The same program with its one #include of ours changed."""
        text = (HERE / "example.c").read_text(encoding="utf-8")
        source = self.write("one_file.c", text.replace("<groma/memmap/normalize.h>", '"groma_memmap.h"'))
        program = self.folder / "one_file"
        run("gcc", "-std=c17", "-O2", *WARNINGS, "-I", self.one_file, source, self.one_file / "groma_memmap.c",
            "-o", program)
        expect(run(program), EXPECTED)

    def program_cxx(self) -> None:
        program = self.folder / "program_cxx"
        run("g++", "-std=c++17", *WARNINGS, *self.pkg_config("cflags"), HERE / "example.cc", "-o", program,
            *self.pkg_config("libs"))
        expect(run(program), EXPECTED_CXX)
        text = re.sub(r"#include <groma/\S+\n", "", (HERE / "example.cc").read_text(encoding="utf-8"))
        source = self.write("one_file.cc", '#include "groma_memmap.h"\n' + text)
        wrong = subprocess.run(["g++", "-x", "c++", "-fsyntax-only", str(self.one_file / "groma_memmap.c")],
                               capture_output=True, text=True)
        if wrong.returncode == 0 or wrong.stderr.count("error:") != 1 or "#error compile this file as C" not in wrong.stderr:
            raise Failed(f"groma_memmap.c as C++: {wrong.stderr[:500]}")
        run("gcc", "-std=c17", "-O2", "-c", self.one_file / "groma_memmap.c", "-o", self.folder / "one_file.o")
        run("g++", "-std=c++17", *WARNINGS, "-I", self.one_file, source, self.folder / "one_file.o", "-o", program)
        expect(run(program), EXPECTED_CXX)

    def link(self) -> None:
        """Every object of the library, and the amalgamation, in a program without a C library."""
        start = self.folder / "start.o"
        run("gcc", "-std=c17", *FREESTANDING, *WARNINGS, "-c", HERE / "start.c", "-o", start)
        bare = ("gcc", "-nostdlib", "-static", "-Wl,--no-undefined", "-Wl,--build-id=none", "-o", self.folder / "bare")
        run(*bare, start, "-L", self.prefix / "lib", "-Wl,--whole-archive", "-lgroma", "-lgroma_mem")
        one_file = self.folder / "groma_memmap.o"
        run("gcc", "-std=c17", "-O2", *FREESTANDING, "-DGROMA_MEMMAP_PROVIDE_MEM", "-c",
            self.one_file / "groma_memmap.c", "-o", one_file)
        run(*bare, start, one_file)
        wrong = symbols(self.prefix / "lib" / "libgroma.a", "defined") & MEMORY
        if wrong:
            raise Failed(f"libgroma.a would replace a C library's {', '.join(sorted(wrong))}")

    def readme(self) -> None:
        """The pages show the example as it is tested here."""
        code = (HERE / "example.c").read_text(encoding="utf-8").split("*/\n", 2)[2]
        for page in ("README.md", "docs/engine.md"):
            if code not in (ROOT / page).read_text(encoding="utf-8"):
                raise Failed(f"{page} does not hold tests/lib/example.c word for word")

    # ---- the amalgamation ----------------------------------------------------------------------------

    def compile(self, name: str, cc: str, cxx: str | None, flags: tuple[str, ...]) -> None:
        header, source = self.one_file / "groma_memmap.h", self.one_file / "groma_memmap.c"
        common = (*flags, *FREESTANDING, *WARNINGS)
        program = self.write("header.c", f'#include "{header}"\n')
        run(cc, *common, "-std=c17", "-fsyntax-only", program)
        if cxx:
            run(cxx, "-x", "c++", *common, "-std=c++17", "-fsyntax-only", program)
        for level in ("-O0", "-O2", "-Os") if self.full else ("-O2",):
            made = self.folder / f"{name}.o"
            run(cc, *common, "-std=c17", level, "-c", source, "-o", made)
            only(symbols(made, "undefined"), MEMORY, f"{name} {level}: needs")
            only(symbols(made, "defined"), r"memmap_\w+", f"{name} {level}: defines")
            run(cc, *common, "-std=c17", level, "-DGROMA_MEMMAP_PROVIDE_MEM", "-c", source, "-o", made)
            only(symbols(made, "undefined"), set(), f"{name} {level} with the memory functions: needs")
            only(MEMORY, symbols(made, "defined"), f"{name} {level} with the memory functions: lacks")

    @staticmethod
    def amalgamate(root: Path, out: Path, hash_seed: str = "0") -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, root / "tools" / "amalgamate.py", "--out", out, "--version", "0"],
                              capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PYTHONHASHSEED": hash_seed})

    def copied_tree(self, name: str) -> Path:
        root = self.folder / name
        for folder in ("base", "memmap"):
            shutil.copytree(ROOT / "common" / folder, root / "common" / folder)
        (root / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "amalgamate.py", root / "tools")
        shutil.copy(ROOT / "LICENSE", root)
        return root

    def same_again(self) -> None:
        """The order of Python's sets goes by the seed."""
        made = set()
        for seed in "1234":
            done = self.amalgamate(ROOT, out := self.folder / f"seed-{seed}", seed)
            if done.returncode != 0:
                raise Failed(done.stderr)
            made.add(((out / "groma_memmap.h").read_bytes(), (out / "groma_memmap.c").read_bytes()))
        if len(made) != 1:
            raise Failed(f"four runs gave {len(made)} results")

    def takes_new_files(self) -> None:
        """A private header, its .c and a user of both, which nobody has listed anywhere."""
        root = self.copied_tree("more")
        put(root, "common/memmap/extra.h", "#include \"memmap/memmap.h\"\n#include \"base/crc32c.h\"\n"
            "struct extra {\n    uint32_t crc;\n};\nMUST_USE bool extra_of(const struct memmap *map,\n"
            "                       struct extra *ret_extra);\n")
        put(root, "common/memmap/extra.c", "#include \"memmap/extra.h\"\nbool extra_of(const struct memmap *map, "
            "struct extra *ret_extra)\n{\n    ret_extra->crc = crc32c(0, map->regions, sizeof *map->regions);\n"
            "    return true;\n}\n")
        put(root, "common/memmap/extra_user.c", "#include \"memmap/extra.h\"\nuint32_t memmap_extra(const struct "
            "memmap *map);\nuint32_t memmap_extra(const struct memmap *map)\n{\n    struct extra extra;\n    return "
            "extra_of(map, &extra) ? extra.crc : 0;\n}\n")
        done = self.amalgamate(root, self.folder / "more")
        if done.returncode != 0:
            raise Failed(done.stderr)
        made = self.folder / "more.o"
        run("gcc", *FREESTANDING, *WARNINGS, "-std=c17", "-O2", "-c", self.folder / "more" / "groma_memmap.c", "-o", made)
        only({"memmap_extra", "groma_crc32c"}, symbols(made, "defined"), "lacks")
        only(symbols(made, "defined"), r"memmap_\w+|groma_crc32c", "defines")

    def refuses(self) -> None:
        spoils = (
            ("static", "common/memmap/extra.c", "static int open_source(void)\n{\n    return 0;\n}\n",
             "`open_source` is defined in common/memmap/extra.c and in common/memmap/source.c"),
            ("enumerator", "common/memmap/extra.c", "enum { RANGE_BYTES = 7 };\n", "`RANGE_BYTES` is defined in"),
            ("table", "common/memmap/extra.c", "static const char kind_names[2][3] = {\"a\", \"b\"};\n",
             "`kind_names` is defined in"),
            ("tag", "common/memmap/extra.c", "struct run {\n    int a;\n};\n", "`struct run` is defined in"),
            ("macro", "common/memmap/extra.c", "#define regions_are_ranges 1\n", "`regions_are_ranges` is"),
            ("word", "common/memmap/extra.c", "#define walk 1\n", "`walk` is a macro of common/memmap/extra.c"),
            ("foreign", "common/memmap/extra.c", "#include \"text/text.h\"\n", "extra.c: includes text/text.h"),
        )
        for name, path, text, line in spoils:
            root = self.copied_tree(f"spoiled-{name}")
            put(root, path, text)
            done = self.amalgamate(root, root / "out")
            if done.returncode == 0 or line not in done.stderr or (root / "out").exists():
                raise Failed(f"{name}: status {done.returncode}, no {line!r}\n{done.stderr}")


def put(root: Path, path: str, text: str) -> None:
    guard = f"GROMA_{Path(path).stem.upper()}_H"
    if path.endswith(".h"):
        text = f"#ifndef {guard}\n#define {guard}\n{text}#endif\n"
    (root / path).write_text(f"/* SPDX-License-Identifier: MIT */\n{text}", encoding="utf-8")


def symbols(path: Path, which: str) -> set[str]:
    """Global symbols that a file needs (`undefined`) or gives; the linker makes _GLOBAL_OFFSET_TABLE_."""
    lines = run("nm", "--quiet", "-g", f"--{'defined-only' if which == 'defined' else 'undefined-only'}", path)
    return {line.split()[-1] for line in lines.splitlines() if line.strip() and not line.endswith(":")} - {
        "_GLOBAL_OFFSET_TABLE_"}


def only(found: set[str], allowed: set[str] | str, what: str) -> None:
    extra = {name for name in found if not (re.fullmatch(allowed, name) if isinstance(allowed, str) else name in allowed)}
    if extra:
        raise Failed(f"{what} {', '.join(sorted(extra))}")


def expect(found: str, expected: str) -> None:
    if found != expected:
        raise Failed(f"printed\n{found}and not\n{expected}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all compilers, -O0 and -Os too")
    parser.add_argument("--makefile", default="Makefile")
    parser.add_argument("--build", default="build")
    parser.add_argument("names", nargs="*", help="only these (lib.install always runs)")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="groma-lib-") as folder:
        table = Checks(Path(folder), options).table()
        unknown = set(options.names) - {name for name, _ in table}
        if unknown:
            parser.error(f"no check {', '.join(sorted(unknown))}")
        for name, check in table:
            if options.names and name not in options.names and name != "lib.install":
                continue
            started = time.monotonic()
            try:
                check()
                print(f"ok {name} {time.monotonic() - started:.2f}", flush=True)
            except (Failed, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAIL {name} " + str(error).rstrip().replace("\n", "\n  | "), flush=True)
                if name == "lib.install":       # nothing to look at
                    break
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
