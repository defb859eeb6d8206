#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memmap command's own ways: options, findings, output, errors, help; expectations written by hand.

usage: memmap_cli.py MEMMAP [TEST]...
Give it the sanitizer build: half of this is bad input.
"""
from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import termios

import memmap_tool as tool
from memmap_tool import E820_FORMS, EFI_FORMS, ENVIRONMENT, OVERLAPS, ROOT, Failed, cannot, equal, lbio, rows, run

# ---- normalize's options ------------------------------------------------------------------------------------

def test_reservations() -> None:
    text = E820_FORMS["linux-new"]
    equal("one", rows(text, "--reserve", "0x200800-3M=kernel")[3:6],
          ["100000-200000 usable wb 2", "200000-300000 kernel wb 2,reserve0", "300000-7fe0000 usable wb 2"])
    equal("two", rows(text, "--reserve=2M-3M=reserved", "--reserve", "4G-0x100001000=bad")[-1],
          "100000000-100001000 bad - reserve1")
    equal("to the end", rows(text, "--reserve", "0xfffffffffffff000-0x10000000000000000=mmio", "--phys-bits=64")[-1],
          "fffffffffffff000-10000000000000000 mmio - reserve0")
    said = json.loads(run("normalize", "--json", "-", "--reserve", "2M-3M=bad", text=text).stdout)
    equal("JSON", [r["origins"] for r in said["regions"] if r["kind"] == "bad"], [[2, "reserve0"]])
    for bad, about in (("2M", "A-B=KIND"), ("3M-2M=bad", "empty"), ("1M-2M=nice", "no kind nice; the kinds are usable, "),
                       ("1Q-2M=bad", "range"), ("1M-99999999E=bad", "range")):
        cannot("normalize", "-", "--reserve", bad, text=text, about=about)


def test_whole_space() -> None:
    text = "efi: mem00: type=7, attr=0xf, range=[0x0000000000000000-0xffffffffffffffff] (0MB)\n"
    equal("closed", rows(text, "--phys-bits=64"),
          ["0-1000 reserved uc,wc,wt,wb 0", "1000-10000000000000000 usable uc,wc,wt,wb 0"])
    end = run("normalize", "-", "--phys-bits=64", text=text).stdout.decode().splitlines()[1].split()[0]
    equal("2^64", end, "0x0000000000001000-0x10000000000000000")
    wrapping = "BIOS-e820: [mem 0xfffffffffffff000-0x0000000000000fff] usable\n" + E820_FORMS["linux-new"]
    equal("a wrapping entry is dropped", len(rows(wrapping)), 5)
    equal("and found", "wrapping: 1 entry" in run("check", "-", text=wrapping, status=1).stdout.decode(), True)


# ---- check, explain, diff -----------------------------------------------------------------------------------

def test_check_findings() -> None:
    said = json.loads(run("check", "--json", "-", text=OVERLAPS, status=1).stdout)
    found = {finding["id"]: finding["entries"] for finding in said["findings"]}
    expected = {"duplicate": [0, 3], "overlap": [0, 1, 3], "contradiction": [0, 1, 2, 3], "ram-in-hole": [4],
                "misaligned": [5, 6], "shared-page": [5, 6], "unknown-type": [6], "unsorted": [3, 4], "low-holes": []}
    equal("findings", {name: sorted(entries) for name, entries in found.items()}, expected)
    text = run("check", "-", text=EFI_FORMS["linux-num"].replace("0xf, range=[0x0000000000100000",
                                                                 "0x8000000000000000, range=[0x0000000000100000")
               .replace("type=3", "type=5"), status=1).stdout.decode()
    for name in ("runtime-low", "runtime-type", "runtime-cache"):
        if not re.search(rf"^{name}: 1 entry: .*\n  entries \d\n  do: ", text, re.M):
            raise Failed(f"{name}: {text}")
    text = run("check", "-", text=E820_FORMS["linux-new"]).stdout.decode()
    equal("only notes", sorted(re.findall(r"^(note )?([a-z0-9-]+):", text, re.M)),
          [("note ", "low-holes"), ("note ", "page-0")])


def test_help_command() -> None:
    equal("help", run("help").stdout, run("--help").stdout)
    for name in ("show", "convert", "capture"):
        equal(name, run("help", name).stdout, run(name, "--help").stdout)
    cannot("help", "papyrus", about="papyrus")
    cannot("help", "show", "diff", about="too many")


def test_explain() -> None:
    text = run("explain", "-", "0x1f0123", text=OVERLAPS).stdout.decode()
    equal("words", re.findall(r"^  entry (\d) \(line (\d)\) .*\n      (decides|is outranked|says the same)", text, re.M),
          [("0", "1", "is outranked"), ("1", "2", "is outranked"), ("2", "3", "decides"), ("3", "4", "is outranked")])
    equal("verdict", text.splitlines()[0], "0x00000000001f0123: reserved, -")
    equal("hole", run("explain", "-", "3G", text=OVERLAPS).stdout.decode(),
          "0x00000000c0000000: a hole: nothing covers its page\n")
    text = run("explain", "-", "0", text=E820_FORMS["linux-new"]).stdout.decode()
    equal("page 0", "page 0 is never usable" in text, True)
    text = run("explain", "-", "2M", "--reserve", "2M-3M=kernel", text=E820_FORMS["linux-new"]).stdout.decode()
    equal("claim", re.findall(r"^  reserve0 .* kernel .*\n      decides", text, re.M) != [], True)
    equal("units", {run("explain", "-", size, text=OVERLAPS).stdout for size in ("3G", "3g", "3072M", "3072m", "0xc0000000")},
          {run("explain", "-", "3221225472", text=OVERLAPS).stdout})
    for bad in ("nowhere", "", "0x", "0x11112222333344445", "99999999T", "-1", "1Gb", "g"):
        cannot("explain", "--", "-", bad, text=OVERLAPS, about="address" if bad else "")


def test_diff() -> None:
    a, b = tool.FOLDER / "a.txt", tool.FOLDER / "b.txt"
    a.write_text(E820_FORMS["linux-new"])
    b.write_text(E820_FORMS["linux-new"].replace("0000000007fdffff", "0000000007fbffff")
                 .replace("7fe0000-0x0000000007ffffff", "7fc0000-0x0000000007fdffff")
                 + "BIOS-e820: [mem 0x00000000fee00000-0x00000000feefffff] reserved\n")
    equal("equal", run("diff", str(a), str(a)).stdout.decode(), "no difference\n")
    equal("words", run("diff", str(a), str(b), status=1).stdout.decode().splitlines(), [
        "moved acpi-reclaimable of 128 KiB: 0x0000000007fe0000-0x0000000008000000 -> "
        "0x0000000007fc0000-0x0000000007fe0000, 128 KiB down",
        "0x0000000007fc0000-0x0000000007fe0000 128 KiB: changed from usable to acpi-reclaimable",
        "0x0000000007fe0000-0x0000000008000000 128 KiB: vanished, was acpi-reclaimable",
        "0x00000000fee00000-0x00000000fef00000 1 MiB: appeared as reserved",
        "total usable: 127 MiB -> 127 MiB, 128 KiB less",
        "total reserved: 68 KiB -> 1092 KiB, 1 MiB more"])
    digests = run("diff", "--digest", str(a), str(b), status=1).stdout.decode().splitlines()[:2]
    normal = run("normalize", str(a)).stdout.decode().splitlines()[-1].split()[-1]
    equal("digest", digests[0], f"digest {normal} {a}")
    equal("other digest", digests[1].split()[1] != normal, True)
    equal("one file", run("diff", "--digest", str(a)).stdout.decode(), f"digest {normal} {a}\n")
    equal("stdin", run("diff", "-", str(a), text=a.read_text()).stdout, b"no difference\n")
    said = json.loads(run("diff", "--json", str(a), str(b), status=1).stdout)
    equal("JSON", (said["equal"], len(said["moved"]), len(said["differences"]), said["digests"][0]),
          (False, 1, 3, normal))
    attributes = EFI_FORMS["linux-num"].replace("type=7, attr=0xf", "type=7, attr=0x2000b")
    b.write_text(EFI_FORMS["linux-num"])
    equal("attributes", run("diff", str(b), "-", text=attributes, status=1).stdout.decode().splitlines()[0],
          "0x0000000000001000-0x00000000000a0000 636 KiB: is usable still, attributes +ro -wt")
    cannot("diff", str(a), about="two maps")
    cannot("diff", "-", "-", text=attributes, about="only one")


def test_convert_says_what_is_lost() -> None:
    ran = run("convert", "-", "--to", "linux-e820", text=EFI_FORMS["linux-num"], status=1)
    if b"cannot say all" not in ran.stderr or b"BIOS-e820: [mem 0x0000000000001000-0x000000000009ffff] usable\n" \
            not in ran.stdout:
        raise Failed(f"{ran}")
    equal("same kinds", [row.split()[1] for row in rows(run("convert", "-", "--to", "limine", "--reserve",
                                                             "2M-3M=kernel", text=E820_FORMS["linux-new"],
                                                             status=None).stdout)],
          ["reserved", "usable", "reserved", "usable", "kernel", "usable", "acpi-reclaimable"])
    half = "BIOS-e820: [mem 0x0000000000000000-0x000000000009f7ff] usable\n"
    for form, about in (("linux-efi", b"whole pages only: 1 entry was rounded"), ("linux-e820", b"")):
        ran = run("convert", "-", "--to", form, text=half, status=1 if about else 0)
        if about not in ran.stderr or bool(ran.stderr) != bool(about):
            raise Failed(f"{form}: {ran}")
    limine = "Base: 0x0, Length: 0x9f800, Type: Usable\n"
    run("convert", "-", "--to", "capture", "-o", str(tool.FOLDER / "half.map"), text=limine, status=1)
    cannot("convert", "-", text="", about="--to")
    cannot("convert", "-", "--to", "papyrus", text="", about="papyrus")


# ---- pictures, colours, output -----------------------------------------------------------------------------

def test_plot_odd_names() -> None:
    import xml.etree.ElementTree as ElementTree
    odd = tool.FOLDER / "a <b> & \"c\" \udcff\x01.txt"
    odd.write_text(E820_FORMS["linux-new"])
    tree = ElementTree.fromstring(run("plot", str(odd)).stdout)
    equal("root", tree.tag, "{http://www.w3.org/2000/svg}svg")
    for text in (OVERLAPS, "BIOS-e820: [mem 0x0000000000000010-0x000000000000001f] usable\n", EFI_FORMS["shell"],
                 "efi: mem00: type=7, attr=0xf, range=[0x0000000000000000-0xffffffffffffffff] (0MB)\n"):
        ElementTree.fromstring(run("plot", "-", "--phys-bits=64", text=text).stdout)


def on_terminal(environment: dict[str, str], *words: str, columns: int = 0) -> str:
    file = tool.FOLDER / "terminal.txt"
    file.write_text(E820_FORMS["linux-new"])
    leader, follower = pty.openpty()
    if columns:
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([tool.PROGRAM, *(words or ("show", "terminal.txt"))], stdout=follower, cwd=tool.FOLDER,
                               env={**ENVIRONMENT, **environment})
    os.close(follower)
    said = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(leader)
    equal("status", process.wait(30), 0)
    return said.decode()


def test_colours() -> None:
    equal("terminal", "\033[38;2;41;165;109m" in on_terminal({"TERM": "xterm"}), True)
    equal("NO_COLOR", "\033" in on_terminal({"TERM": "xterm", "NO_COLOR": "1"}), False)
    equal("empty NO_COLOR", "\033" in on_terminal({"TERM": "xterm", "NO_COLOR": ""}), True)
    equal("dumb", "\033" in on_terminal({"TERM": "dumb"}), False)
    equal("file", b"\033" in run("show", "-", text=E820_FORMS["linux-new"]).stdout, False)


def test_narrow_terminal() -> None:
    plain = {"TERM": "xterm", "NO_COLOR": "1"}
    for words in (("show", "terminal.txt"), ("check", "terminal.txt"), ("--help",), ("convert", "--help")):
        for line in on_terminal(plain, *words, columns=40).splitlines()[3:]:
            if len(line) > 40 and not re.match("note |  -", line):
                raise Failed(f"{words}: {line!r} has {len(line)} columns")
    said = on_terminal(plain, columns=40).splitlines()
    equal("row", said[4:6], ["0x0000000000000000-0x0000000000001000", "  reserved 4096 B, entry 0"])
    equal("strip", [len(on_terminal(plain, columns=width).splitlines()[1]) for width in (10, 79, 120, 500)],
          [40, 79, 120, 240])
    equal("wide", len(on_terminal(plain, columns=120).splitlines()), len(run("show", "-", text=E820_FORMS["linux-new"])
                                                                        .stdout.splitlines()))


def test_nothing_half_written() -> None:
    folder = tool.FOLDER / "out"
    folder.mkdir()
    old = folder / "map.svg"
    old.write_text("the old one")
    cannot("plot", "-", "-o", str(old), text="nothing", about="no memory map")
    cannot("plot", "-", "-o", str(old), "--phys-bits", "99", text=OVERLAPS, about="phys-bits")
    equal("untouched", (old.read_text(), sorted(p.name for p in folder.iterdir())), ("the old one", ["map.svg"]))
    cannot("plot", "-", "-o", str(folder / "none" / "map.svg"), text=OVERLAPS, about="cannot write there")
    cannot("plot", "-", "-o", str(folder), text=OVERLAPS)
    run("plot", "-", "-o", str(old), text=OVERLAPS)
    equal("replaced", (old.read_text()[:5], sorted(p.name for p in folder.iterdir())), ("<?xml", ["map.svg"]))
    old.write_text("the old one")
    full = subprocess.run([tool.PROGRAM, "plot", "-", "-o", str(old)], input=OVERLAPS.encode(), capture_output=True,
                          timeout=30, preexec_fn=small_files)
    equal("full disk", (full.returncode, full.stderr.count(b"\n")), (2, 1))
    equal("untouched by a full disk", (old.read_text(), len(list(folder.iterdir()))), ("the old one", 1))
    with open("/dev/full", "wb") as device:     # opened here: as root, a name in /dev could be replaced
        full = subprocess.run([tool.PROGRAM, "show", "-"], input=OVERLAPS.encode(), stdout=device, stderr=subprocess.PIPE,
                              timeout=30)
    equal("full stdout", (full.returncode, full.stderr.count(b"\n")), (2, 1))


def small_files() -> None:
    """What this process writes to a file ends at 100 bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_pipes_are_written_to() -> None:
    pipe = tool.FOLDER / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    try:
        run("normalize", "-", "-o", str(pipe), text=E820_FORMS["linux-new"])
        read = reader.communicate(timeout=10)[0]
    finally:
        reader.kill()
        reader.wait()
    equal("read", read, run("normalize", "-", text=E820_FORMS["linux-new"]).stdout)
    equal("still a pipe", pipe.is_fifo(), True)


# ---- usage ---------------------------------------------------------------------------------------------------

def test_usage() -> None:
    cannot(about="which command")
    cannot("fly", about="fly")
    cannot("show", about="needs FILE")
    cannot("show", "a", "b", about="too many")
    cannot("show", "/nonexistent/file", about="/nonexistent/file")
    cannot("show", "-", text=b"", about="no memory map")
    cannot("show", "-", text=os.urandom(0) + bytes(range(256)) * 64, about="no memory map")
    cannot("show", "-", "--fast", text="", about="--fast")
    cannot("show", "-", "--json", text="", about="--json")
    cannot("show", "-", "--phys-bits", about="needs N")
    cannot("normalize", "-", "--json=yes", about="takes no value")
    for bits in ("31", "65", "x", "4294967328", "-1", ""):
        cannot("show", "-", f"--phys-bits={bits}", text="", about="32 to 64")
    cannot("show", str(tool.FOLDER), about="a folder, and not as")


def test_too_large() -> None:
    file = tool.FOLDER / "large"
    with open(file, "wb") as out:
        out.truncate((64 << 20) + 1)
    cannot("show", str(file), about="64 MiB")
    file.unlink()
    many = "".join(f"BIOS-e820: [mem 0x{i << 13:x}-0x{(i << 13) + 4095:x}] usable\n" for i in range(1, 20001))
    equal("20000 entries", len(rows(many)), 20000)
    nested = "".join(f"BIOS-e820: [mem 0x{i << 12:x}-0x{(20000 - i) << 12:x}] usable\n" for i in range(1, 6000))
    run("check", "-", text=nested, status=1)
    run("show", "-", text=nested)


SEED = 7


def test_noise() -> None:
    """Spoilt copies of every form: any status but a crash; SEED tells the run."""
    import random
    dice = random.Random(SEED)
    texts = [text.encode() for text in (*E820_FORMS.values(), *EFI_FORMS.values())]
    texts.append(run("convert", "-", "--to", "capture", text=EFI_FORMS["linux-num"]).stdout)
    texts.append(run("normalize", "--json", "-", text=EFI_FORMS["linux-num"]).stdout)
    texts.append(lbio([(0, 0x9f000, 1), (0xf0000, 0x10000, 2)]))
    for turn in range(150):
        data = bytearray(dice.choice(texts))
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(data))
            how = dice.randrange(4)
            if how == 0:
                data[at] = dice.choice(b"0fF-[](), \n\0\xff:x{}\"")
            elif how == 1:
                del data[at:at + dice.randrange(1, 20)]
            elif how == 2:
                data[at:at] = bytes(data[max(0, at - dice.randrange(1, 40)):at])
            else:
                data[at] ^= 1 << dice.randrange(8)
            if not data:
                data = bytearray(b"\n")
        command = dice.choice((("normalize", "-"), ("normalize", "--json", "-"), ("check", "-"), ("show", "-"),
                               ("plot", "-"), ("explain", "-", "0x100000"), ("convert", "-", "--to", "linux-efi"),
                               ("convert", "-", "--to", "capture")))
        ran = run(*command, text=bytes(data), status=None)
        if ran.returncode not in (0, 1, 2) or (ran.returncode == 2 and (ran.stdout or ran.stderr.count(b"\n") != 1)):
            raise Failed(f"seed {SEED}, turn {turn}: {command} {bytes(data)!r}: {ran}")


# ---- help, manual, completion -----------------------------------------------------------------------------------

def help_words() -> tuple[set[str], set[str]]:
    text = run("--help").stdout.decode()
    return set(re.findall(r"^  ([a-z]+) ", text, re.M)), set(re.findall(r"--[a-z-]+", text))


def test_help_and_manual() -> None:
    names, options = help_words()
    equal("commands", names, {"show", "normalize", "check", "explain", "diff", "plot", "convert", "capture"})
    manual = run("--man").stdout.decode()
    plain = manual.replace("\\-", "-")
    for word in options | {f"memmap {name}" for name in names}:
        if word not in plain:
            raise Failed(f"{word} is not in the manual")
    for name in names:
        text = run(name, "--help").stdout.decode()
        if not text.startswith(f"memmap {name}") or len(text) < 150:
            raise Failed(f"{name} --help: {text}")
        for option in set(re.findall(r"^  (?:-. *, )?(--[a-z-]+)", text, re.M)):
            if option not in options:
                raise Failed(f"{name} {option} is not in --help")
    if shutil.which("man") and shutil.which("groff"):
        page = tool.FOLDER / "memmap.1"
        page.write_text(manual)
        ran = subprocess.run(["groff", "-man", "-ww", "-z", str(page)], capture_output=True, timeout=30)
        equal("groff", (ran.returncode, ran.stderr), (0, b""))


def completed(*words: str) -> set[str]:
    script = (f"source <({tool.PROGRAM} --completion); COMP_WORDS=({' '.join(repr(w) for w in words)}); "
              f"COMP_CWORD={len(words) - 1}; _memmap; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    ran = subprocess.run(["bash", "-uc", script], capture_output=True, timeout=30, text=True)
    equal("bash", (ran.returncode, ran.stderr), (0, ""))
    return set(ran.stdout.split())


def test_completion() -> None:
    ran = subprocess.run(["bash", "-n"], input=run("--completion").stdout, capture_output=True, timeout=30)
    equal("syntax", (ran.returncode, ran.stderr), (0, b""))
    names, options = help_words()
    equal("commands", completed("memmap", ""), names | {"help", "--help", "--man", "--completion", "--version"})
    for name in names:
        text = run(name, "--help").stdout.decode()
        own = set(re.findall(r"(--[a-z-]+)", text.split("options:")[1]))
        equal(name, completed("memmap", name, "--") - {"--help"}, own & options)
    formats = re.search(r"--to FORMAT\n.*?:(.*?)\n  --", run("convert", "--help").stdout.decode() + "\n  --", re.S)
    words = set(formats[1].split())    # type: ignore[index]
    equal("formats", completed("memmap", "convert", "--to", ""), words)
    for word in words:
        run("convert", "-", "--to", word, text=E820_FORMS["linux-new"], status=None)


if __name__ == "__main__":
    sys.exit(tool.main(sys.argv[1:], globals()))
