#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second opinion on which ELF files may be loaded, compared with common/elf on thousands.

usage: elf_judge.py PATH_TO_elf_verdict [--files N] [--seed SEED] [--verbose]

The rules are read from the System V gABI 4.1, the AMD64 psABI 1.0 and the contract in
common/elf/elf.h, and written with Python's unbounded integers: nothing here can wrap. The files
are an EXEC and a PIE made by gcc and ld, each bit of their headers flipped and each byte set to
00, 01, 7f, 80 and ff (case 99 of the fault catalogue), the same for the PIE's dynamic section and
relocations, and N files made up at random and spoilt in up to three fields. Accepting, refusing,
placement and the relocated image must agree. Prints one line; exit status 1 on any disagreement.
"""
import argparse
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

# The same numbers as in elf_verdict.c.
WINDOW_FIRST = 0xFFFFFFFF80000000
WINDOW_END = 0xFFFFFFFFC0000000
MAX_IMAGE = 1 << 20
PIE_BASE = 0xFFFFFFFF90000000
PAGE = 4096
TOP = 1 << 64

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
DYN = struct.Struct("<QQ")
RELA = struct.Struct("<QIIQ")

LOAD, DYNAMIC, INTERP, NOTE, PHDR_TYPE, TLS = 1, 2, 3, 4, 6, 7
STACK, RELRO = 0x6474E551, 0x6474E552
X, W, R = 1, 2, 4


# ---- the rules ---------------------------------------------------------------------------------


class Refused(Exception):
    """The file breaks the rule named."""


def need(condition, rule):
    if not condition:
        raise Refused(rule)


class Part:
    """A program header."""

    def __init__(self, data, at):
        (self.type, self.flags, self.offset, self.vaddr, _, self.filesz, self.memsz,
         self.align) = PHDR.unpack_from(data, at)

    def pages(self):
        return range(self.vaddr // PAGE, (self.vaddr + self.memsz - 1) // PAGE + 1)

    def holds_file_bytes_of(self, part):
        """Is the part inside this segment's file image, at the address it claims?"""
        return (self.vaddr <= part.vaddr
                and part.vaddr + part.filesz <= self.vaddr + self.filesz
                and part.vaddr - self.vaddr == part.offset - self.offset)


def read_header(data):
    need(len(data) >= 64, "header whole")
    (ident, kind, machine, version, entry, phoff, _shoff, _flags, ehsize, phentsize, phnum,
     _, _, _) = EHDR.unpack_from(data)
    need(ident[:7] == b"\x7fELF\2\1\1" and ident[7] in (0, 3) and ident[8] == 0, "ident")
    need(kind in (2, 3) and machine == 62 and version == 1, "type, machine, version")
    need(ehsize == 64 and phentsize == 56, "sizes of headers")
    need(1 <= phnum <= 128, "count of program headers")
    end = phoff + phnum * 56
    need(phoff >= 64 and phoff % 8 == 0 and end <= len(data) and end <= 16384, "table's place")
    return kind == 3, entry, phoff, [Part(data, phoff + i * 56) for i in range(phnum)]


def check_loads(data, parts):
    """The PT_LOADs with memory, each by itself and among each other."""
    loads = [part for part in parts if part.type == LOAD]
    for load in loads:
        need(load.filesz <= load.memsz, "file bytes fit the memory")
        need(load.filesz == 0 or load.offset + load.filesz <= len(data), "inside the file")
    loads = [load for load in loads if load.memsz > 0]
    need(1 <= len(loads) <= 64, "count of segments")
    need(sum(load.memsz for load in loads) <= MAX_IMAGE, "memory allowed")
    for load in loads:
        need(load.align in (0, 1) or load.align in [1 << bit for bit in range(1, 22)], "align")
        if load.filesz:
            for unit in (PAGE, max(load.align, 1)):
                need(load.vaddr % unit == load.offset % unit, "offset matches address")
        need(load.flags & R and load.flags & (W | X) != W | X, "rights")
        need(load.vaddr + load.memsz <= TOP - PAGE, "below the last page")
    need(loads == sorted(loads, key=lambda load: load.vaddr), "ascending")
    owners = {}
    for load in loads:
        for page in load.pages():
            need(owners.setdefault(page, load) is load, "a page for each")
    ranges = sorted((load.offset, load.offset + load.filesz) for load in loads if load.filesz)
    for (_, end), (first, _) in zip(ranges, ranges[1:]):
        need(end <= first, "file bytes for each")
    need(any(load.flags & X for load in loads), "something executable")
    return loads


def find_shift(is_pie, loads):
    """How far the image moves, and that it stays in the window."""
    shift = 0
    if is_pie:
        unit = max(PAGE, *(load.align for load in loads))
        shift = -(-PIE_BASE // unit) * unit - loads[0].vaddr // unit * unit
    for load in loads:
        need(load.pages()[0] * PAGE + shift >= WINDOW_FIRST, "window's beginning")
        need((load.pages()[-1] + 1) * PAGE + shift <= WINDOW_END, "window's end")
    return shift


def check_others(data, is_pie, phoff, parts, loads):
    """Every header that is no segment. Returns PT_DYNAMIC or None, and the RELRO pages."""
    def only(kind):
        found = [part for part in parts if part.type == kind]
        need(len(found) <= 1, "only one")
        return found[0] if found else None

    for part in parts:
        need(part.type not in (INTERP, TLS), "kernel needs no system")
        need(part.type != STACK or not part.flags & X, "stack not executable")
        need(part.type != NOTE or part.offset + part.filesz <= len(data), "note in file")
    table = only(PHDR_TYPE)
    if table:
        need((table.offset, table.filesz, table.memsz) == (phoff, len(parts) * 56, len(parts) * 56)
             and any(load.holds_file_bytes_of(table) for load in loads), "PT_PHDR is true")
    dynamic = only(DYNAMIC)
    if dynamic:
        need(is_pie, "dynamic section only in a PIE")
        need(dynamic.filesz > 0 and dynamic.filesz % 16 == 0 and dynamic.vaddr % 8 == 0
             and dynamic.filesz == dynamic.memsz
             and any(load.holds_file_bytes_of(dynamic) for load in loads), "dynamic's place")
    relro = only(RELRO)
    if not relro or not relro.memsz:
        return dynamic, 0
    end = relro.vaddr + relro.memsz
    for load in loads:
        if (load.flags & W and load.pages()[0] == relro.vaddr // PAGE
                and relro.vaddr <= load.vaddr and end <= (load.pages()[-1] + 1) * PAGE):
            return dynamic, end // PAGE - load.pages()[0]
    raise Refused("relro begins with a writable segment")


class Image:
    """The loaded segments, addressed as linked."""

    def __init__(self, data, loads):
        self.loads = [(load, bytearray(len(load.pages()) * PAGE)) for load in loads]
        for load, memory in self.loads:
            first = load.vaddr % PAGE
            memory[first:first + load.filesz] = data[load.offset:load.offset + load.filesz]

    def find(self, vaddr, size, of_file=False):
        """The segment that holds [vaddr, vaddr + size), its memory, and the place in it."""
        for load, memory in self.loads:
            end = load.vaddr + (load.filesz if of_file else load.memsz)
            if load.vaddr <= vaddr and vaddr + size <= end:
                return load, memory, vaddr - load.pages()[0] * PAGE
        return None, None, 0


def find_relocations(image, dynamic):
    """Where the relocation table is: (vaddr, size)."""
    _, memory, at = image.find(dynamic.vaddr, dynamic.filesz, of_file=True)
    entries = []
    for tag, value in DYN.iter_unpack(memory[at:at + dynamic.filesz]):
        if tag == 0:
            break
        entries.append((tag, value))
    else:
        raise Refused("dynamic section ends")
    values = dict(entries)
    for tag in (1, 17, 22, 35, 36, 37):
        need(tag not in values, "no libraries, REL, RELR, text relocations")
    need(not any(tag == 30 and value & 4 for tag, value in entries), "no DF_TEXTREL")
    for tag in (2, 7, 8, 9, 23):
        need(sum(entry[0] == tag for entry in entries) <= 1, "entries come once")
    need(values.get(2, 0) == 0 and (23 not in values or 2 in values), "no JMPREL")
    given = [tag in values for tag in (7, 8, 9)]
    if not any(given):
        return 0, 0
    need(all(given) and values[9] == 24 and values[8] % 24 == 0, "table described")
    if values[8] == 0:
        return 0, 0
    need(image.find(values[7], values[8], of_file=True)[0], "table in the file")
    return values[7], values[8]


def relocate(image, dynamic, shift):
    """Checks all relocations, applies them, returns how many there are."""
    vaddr, size = find_relocations(image, dynamic)
    if not size:
        return 0
    _, memory, at = image.find(vaddr, size)
    first = image.loads[0][0].pages()[0] * PAGE
    end = (image.loads[-1][0].pages()[-1] + 1) * PAGE
    stores = []
    for offset, kind, symbol, addend in RELA.iter_unpack(memory[at:at + size]):
        need(kind in (0, 8) and symbol == 0, "type and symbol")
        if kind == 0:
            continue
        need(first <= addend <= end, "result in the image")
        load, target, place = image.find(offset, 8)
        need(load and load.flags & W, "target writable")
        for taken, taken_size in ((vaddr, size), (dynamic.vaddr, dynamic.filesz)):
            need(offset + 8 <= taken or taken + taken_size <= offset, "tables no targets")
        stores.append((target, place, addend + shift))
    for target, place, value in stores:
        struct.pack_into("<Q", target, place, value)
    return size // 24


def judge(data):
    """The line that elf_verdict ought to print, or Refused."""
    is_pie, entry, phoff, parts = read_header(data)
    loads = check_loads(data, parts)
    shift = find_shift(is_pie, loads)
    dynamic, relro_pages = check_others(data, is_pie, phoff, parts, loads)
    need(any(load.flags & X and load.vaddr <= entry < load.vaddr + load.filesz for load in loads),
         "entry")
    image = Image(data, loads)
    count = relocate(image, dynamic, shift) if dynamic else 0
    total = 1
    for _, memory in image.loads:
        total = zlib.adler32(memory, total)
    return (f"accept bias={show(shift % TOP)} entry={entry + shift:#x}"
            f" first={loads[0].pages()[0] * PAGE + shift:#x}"
            f" end={(loads[-1].pages()[-1] + 1) * PAGE + shift:#x}"
            f" pages={sum(len(load.pages()) for load in loads)} relro={relro_pages}"
            f" relocations={count} sum={total:#x}")


def show(value):
    return f"{value:#x}" if value else "0"  # as C's %#x does


# ---- files made by the toolchain ---------------------------------------------------------------

SOURCE = r"""
static int zero[3000];
int data[5] = {1, 2, 3};
int *const fixed[3] = {data, &data[2], zero};
const char *names[] = {"one", "two"};
void _start(void);
void (*volatile self)(void) = _start;
void _start(void) { for (;;) zero[1] += data[0] + *fixed[1] + names[data[1]][0] + (self != 0); }
"""
COMPILE = "-O1 -ffreestanding -fno-stack-protector -mno-red-zone -c".split()
LINK = "-s -z separate-code -z max-page-size=4096".split()
KINDS = {
    "exec": (["-fno-pic", "-fno-pie", "-mcmodel=kernel"],
             ["-Ttext-segment=0xffffffff80000000"]),
    "pie": (["-fpie"], ["-pie", "--no-dynamic-linker", "-z", "relro"]),
}


def build_real(folder):
    """An EXEC and a PIE by gcc and ld."""
    cc, ld = os.environ.get("CC", "gcc").split(), os.environ.get("LD", "ld").split()
    source = os.path.join(folder, "real.c")
    with open(source, "w", encoding="ascii") as stream:
        stream.write(SOURCE)
    files = []
    for name, (compile_flags, link_flags) in KINDS.items():
        program = os.path.join(folder, name)
        subprocess.run(cc + COMPILE + compile_flags + [source, "-o", program + ".o"], check=True)
        subprocess.run(ld + LINK + link_flags + [program + ".o", "-o", program], check=True)
        with open(program, "rb") as stream:
            files.append(stream.read())
    return files


def spoil_each_byte(data, first, end):
    """Case 99."""
    for at in range(first, end):
        values = [data[at] ^ 1 << bit for bit in range(8)] + [0x00, 0x01, 0x7F, 0x80, 0xFF]
        for value in values:
            yield data[:at] + bytes([value]) + data[at + 1:]


def spoil_real(data):
    _, _, phoff, parts = read_header(data)
    yield from spoil_each_byte(data, 0, phoff + len(parts) * 56)
    for part in parts:
        if part.type == DYNAMIC:
            entries = dict(DYN.iter_unpack(data[part.offset:part.offset + part.filesz]))
            yield from spoil_each_byte(data, part.offset, part.offset + part.filesz)
            yield from spoil_each_byte(data, entries[7], entries[7] + entries[8])


# ---- files made up at random -------------------------------------------------------------------


class Maker:
    """Makes up files that are mostly right, and remembers where their fields are."""

    def __init__(self, rng):
        self.rng = rng

    def make(self):
        rng = self.rng
        self.is_pie = rng.random() < 0.6
        self.base = rng.choice([0, 0, 0x400000, WINDOW_FIRST, 0xFFFFFFFFB0000000])
        if not self.is_pie:
            self.base = rng.choice([WINDOW_FIRST, WINDOW_FIRST + 0x200000, WINDOW_END - 0x20000])
        self.fields = [(16, 2), (24, 8), (32, 8), (56, 2)]
        self.loads = self.make_loads(rng.choice([1, 2, 3, 4, 4, 5, 6]))
        if self.is_pie and rng.random() < 0.08:
            self.move_to_the_end()
        self.parts = list(self.loads)
        self.data = bytearray(rng.randbytes(self.size))
        self.add_others()
        self.store_headers()
        for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3])):
            self.spoil()
        return bytes(self.data)

    def make_loads(self, count):
        """[type, flags, offset, vaddr, paddr, filesz, memsz, align]; the first executable, the
        last writable; offsets in any order."""
        rng, vaddr, loads = self.rng, self.base, []
        slots = list(range(1, count + 1))
        if rng.random() < 0.3:
            rng.shuffle(slots)
        for i, slot in enumerate(slots):
            start = rng.choice([0, 0, 0, 8, 0x123, 0xE00])
            filesz = rng.choice([0x200, 0x400, 0x1000 - start, 0x200])
            memsz = filesz + rng.choice([0, 0, 0, 1, 0x1000, 0x2345])
            flags = R | X if i == 0 else R | W if i == count - 1 else rng.choice([R, R | W, R | X])
            align = rng.choice([0, 1, 16, 0x1000, 0x1000, 0x1000])
            loads.append([LOAD, flags, slot * 0x1000 + start, vaddr + start, 0, filesz, memsz,
                          align])
            vaddr += (start + memsz + PAGE - 1) // PAGE * PAGE + rng.choice([0, 0, 0x1000, 0x5000])
        self.size = max(load[2] + load[5] for load in loads) + rng.choice([0, 0, 1, 64])
        return loads

    def end(self):
        """Of the image's last page."""
        last = self.loads[-1]
        return (last[3] + last[6] + PAGE - 1) // PAGE * PAGE

    def move_to_the_end(self):
        """The last page becomes that of the address space, or the one before."""
        distance = TOP - self.rng.choice([0, PAGE]) - self.end()
        self.base += distance
        for load in self.loads:
            load[3] += distance

    def add_others(self):
        rng, last = self.rng, self.loads[-1]
        if rng.random() < 0.5:
            self.parts.append([STACK, rng.choice([R | W, R | W, R | W, 7]), 0, 0, 0, 0, 0, 16])
        if rng.random() < 0.3:
            self.parts.append([NOTE, R, self.size - 32, 0, 0, rng.choice([32, 32, 33]), 32, 4])
        if rng.random() < 0.6:
            room = self.end() - last[3]
            size = rng.choice([0x10, 0x100, room, room + 1, room // 2, PAGE - last[3] % PAGE])
            first = rng.choice([last[3], last[3], last[3], last[3] // PAGE * PAGE, last[3] + 8])
            self.parts.append([RELRO, R, 0, first, 0, 0, size, 1])
        if self.is_pie and len(self.loads) > 1 and rng.random() < 0.85:
            self.add_dynamic(last)
        for _ in range(rng.choice([0, 0, 1])):
            kind = rng.choice([0, 5, 0x6474E550, 0x6474E553, LOAD])
            self.parts.insert(rng.randrange(len(self.parts) + 1), [kind, 7, 1, 2, 3, 0, 0, 5])

    def add_dynamic(self, last):
        """The dynamic section at the end of the last segment, the table in it or in the first."""
        rng, first = self.rng, self.loads[0]
        count = rng.randrange(0, 6)
        entries = [(7, 0), (8, count * 24), (9, 24), (5, 1), (30, 8), (2, 0)][:rng.choice([3, 6])]
        if rng.random() < 0.1:
            entries.append((rng.choice([1, 17, 22, 23, 35, 36, 37, 7, 30]), rng.choice([0, 4, 8])))
        rng.shuffle(entries)
        entries.append((0, 0))
        dynamic = (last[3] + last[5] - len(entries) * 16) // 8 * 8
        where = rng.choice([first, first, first, last])
        table = where[3] + rng.choice([0, 4, 0x20])
        at = dynamic - last[3] + last[2]
        self.parts.append([DYNAMIC, R | W, at, dynamic, 0, len(entries) * 16, len(entries) * 16, 8])
        for i, (tag, value) in enumerate(entries):
            DYN.pack_into(self.data, at + i * 16, tag, table if tag == 7 else value)
            self.fields += [(at + i * 16, 8), (at + i * 16 + 8, 8)]
        at = table - where[3] + where[2]
        for i in range(count):
            self.store_relocation(at + i * 24, last, dynamic)

    def store_relocation(self, at, last, dynamic):
        rng = self.rng
        spread = dynamic - last[3] - 8
        target = rng.choice([last[3] + rng.randrange(max(spread, 1)), last[3] + spread,
                             last[3] + last[6] - 8, last[3] + 0x100])
        addend = rng.choice([self.base, self.end(), rng.randrange(self.base, self.end())])
        if rng.random() < 0.03:
            addend = rng.choice([self.base - 1, self.end() + 1])
        RELA.pack_into(self.data, at, target, rng.choice([8] * 9 + [0]), 0, addend % TOP)
        self.fields += [(at, 8), (at + 8, 4), (at + 12, 4), (at + 16, 8)]

    def store_headers(self):
        rng, phoff = self.rng, self.rng.choice([64, 64, 64, 72, 512])
        if rng.random() < 0.15:
            self.parts.insert(0, [LOAD, R, 0, self.base - 0x1000, 0, 0x800, 0x800, 0x1000])
            size = (len(self.parts) + 1) * 56
            self.parts.append([PHDR_TYPE, R, phoff, self.base - 0x1000 + phoff, 0, size, size, 8])
            self.parts[0][3] %= TOP
            self.parts[-1][3] %= TOP
        entry = self.loads[0][3] + rng.choice([0, 1, self.loads[0][5] - 1])
        EHDR.pack_into(self.data, 0, b"\x7fELF\2\1\1" + bytes(9), 3 if self.is_pie else 2, 62, 1,
                       entry, phoff, rng.getrandbits(64), 0, 64, 56, len(self.parts), 64, 0, 0)
        for i, part in enumerate(self.parts):
            PHDR.pack_into(self.data, phoff + i * 56, *part)
            self.fields += [(phoff + i * 56 + at, 4) for at in (0, 4)]
            self.fields += [(phoff + i * 56 + at, 8) for at in (8, 16, 32, 40, 48)]

    def spoil(self):
        rng = self.rng
        at, size = rng.choice(self.fields)
        if at + size > len(self.data):
            return
        old = int.from_bytes(self.data[at:at + size], "little")
        other = rng.choice(self.fields)
        new = rng.choice([
            old + 1, old - 1, old + PAGE, old - PAGE, old ^ 1 << rng.randrange(size * 8), 0, -1,
            rng.choice([1, 2, 3, 6, 7, 8, 16, 24, 0xFFF, 0x1000, 0x200000, 0x400000, 1 << 63]),
            WINDOW_FIRST, WINDOW_END, WINDOW_END - PAGE, TOP - PAGE, 1 << 47, 1 << 40, self.size,
            int.from_bytes(self.data[other[0]:sum(other)], "little"),
        ])
        self.data[at:at + size] = (new % (1 << size * 8)).to_bytes(size, "little")
        if rng.random() < 0.05:
            del self.data[rng.randrange(len(self.data)):]


# ---- comparing ---------------------------------------------------------------------------------


def make_files(folder, options):
    real = build_real(folder)
    yield from real
    for data in real:
        yield from spoil_real(data)
    maker = Maker(random.Random(options.seed))
    for _ in range(options.files):
        yield maker.make()


def opinion(data):
    try:
        return judge(data), None
    except Refused as rule:
        return "refuse", str(rule)


def compare(folder, options):
    names, opinions = [], []
    for number, data in enumerate(make_files(folder, options)):
        names.append(os.path.join(folder, f"{number:06}.elf"))
        opinions.append(opinion(data))
        with open(names[-1], "wb") as stream:
            stream.write(data)
    run = subprocess.run([options.verdict], input="\n".join(names), text=True, check=True,
                         stdout=subprocess.PIPE)
    verdicts = run.stdout.splitlines()
    if len(verdicts) != len(names):
        sys.exit(f"elf-judge: {len(names)} files, {len(verdicts)} verdicts")
    disagreements, statuses = 0, {}
    for name, (mine, rule), verdict in zip(names, opinions, verdicts):
        word = "refuse" if verdict.startswith("E-ELF-") else verdict
        statuses.setdefault(verdict.split()[0], set()).add(rule)
        if word != mine:
            disagreements += 1
            if disagreements <= 5:
                print(f"elf-judge: {os.path.basename(name)}\n  common/elf: {verdict}\n"
                      f"  judge:      {mine} {rule or ''}", file=sys.stderr)
    if options.verbose:
        for status in sorted(statuses):
            print(status, "; ".join(sorted(rule or "" for rule in statuses[status])))
    if any(mine == "refuse" for mine, _ in opinions[:len(KINDS)]):
        print("elf-judge: a file made by the linker is refused", file=sys.stderr)
        disagreements += 1
    refused = sum(mine == "refuse" for mine, _ in opinions)
    print(f"elf-judge: files={len(names)} accepted={len(names) - refused} refused={refused}"
          f" disagreements={disagreements} statuses={len(statuses)} seed={options.seed}")
    return disagreements


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verdict", help="the program made of tests/model/elf_verdict.c")
    parser.add_argument("--files", type=int, default=3000, help="files made up at random")
    parser.add_argument("--seed", type=int, default=20240611)
    parser.add_argument("--verbose", action="store_true", help="list rules by status")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="elf-judge-") as folder:
        sys.exit(1 if compare(folder, options) else 0)


if __name__ == "__main__":
    main()
