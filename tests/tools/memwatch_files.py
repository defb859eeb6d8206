# SPDX-License-Identifier: MIT
"""memwatch on files, cores and captures, and what it refuses."""
from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess

import memwatch_aids as aids
from memwatch_aids import SEED, Child, Failed, byte_loop, cannot, equal, file, run, runs


def test_diff_of_files() -> None:
    source = random.Random(SEED)
    old = source.randbytes(300_001)
    new = bytearray(old)
    for _ in range(400):
        at, length = source.randrange(len(new)), source.choice((1, 1, 2, 7, 64, 5000))
        for i in range(at, min(at + length, len(new))):
            new[i] ^= source.choice((0, 1, 255))
    a, b = file("a", old), file("b", bytes(new))
    ran = run("diff", a, b, "--json", status=1)
    expected = byte_loop(old, bytes(new))
    equal(f"runs (seed {SEED})", runs(ran), expected)
    text = ",".join(f'{{"address":"{address:#x}","length":{length}}}' for address, length in expected)
    equal("bytes", ran.stdout, f'{{"changes":[{text}],"compared_bytes":300001}}\n')
    equal("same", run("diff", a, a, "--json").stdout, '{"changes":[],"compared_bytes":300001}\n')
    equal("same", run("diff", a, a).stdout, "0 changes, 0 of 300001 bytes\n")
    equal("filters", runs(run("diff", a, b, "--json", "--least", 100, status=None)), [r for r in expected if r[1] >= 100])
    said = json.loads(run("diff", a, file("short", old[:1000]), "--json", status=1).stdout)
    equal("length", said, {"changes": [], "compared_bytes": 1000, "unmatched_bytes": 299001})
    equal("empty", run("diff", file("e", b""), file("f", b""), "--json").stdout, '{"changes":[],"compared_bytes":0}\n')


def test_filters() -> None:
    a, b = file("a", bytes(5000)), bytearray(5000)
    b[10:20] = b"\1" * 10
    b[100:104] = (1000).to_bytes(4, "little")
    b[4999] = 1
    path = file("b", bytes(b))
    for words, expected in ((("--ignore", "12-14", "--ignore=4K-5K"), [(10, 2), (14, 6), (100, 2)]),
                            (("--type", "u32", "--if", "=1000"), [(100, 2)]),
                            (("--type=u32", "--if=+1000"), [(100, 2)]),
                            (("--type=u16", "--if=257..257"), [(10, 10)]),
                            (("--type=u8", "--if=decreased"), [])):
        equal(str(words), runs(run("diff", a, path, "--json", *words, status=None)), expected)
    said = json.loads(run("diff", a, path, "--json", "--details", status=1).stdout)["changes"][1]
    equal("details", said, {"address": "0x64", "length": 2, "old": "0000", "new": "e803", "where": "file+0x64"})
    equal("text", run("diff", a, path, status=1).stdout.splitlines()[1],
          "0x0000000000000064 +2 0000 -> e803  file+0x64 changed")
    equal("limit", run("diff", a, path, "--limit", 1, status=1).stdout.splitlines()[1], "and 2 more (--limit)")


def test_runs_over_slices() -> None:
    size = (64 << 20) + 8192
    for name, byte in (("big-a", b"\0"), ("big-b", b"\1")):
        with open(aids.FOLDER / name, "wb") as out:
            out.truncate(size)
            out.seek((64 << 20) - 5)
            out.write(byte * 10)
    equal("joined", runs(run("diff", aids.FOLDER / "big-a", aids.FOLDER / "big-b", "--json", status=1)), [((64 << 20) - 5, 10)])


def test_scan_of_files() -> None:
    data = bytearray(random.Random(SEED).randbytes(1 << 20)).replace(b"MZ", b"mz")
    for at in (0, 4095, 65536, len(data) - 4):
        data[at:at + 4] = b"MZ\x90\x00"
    path = file("a", bytes(data))
    for pattern in ("4D 5A ?? 00", '"MZ" 9? 00', "4d5a9000"):
        said = json.loads(run("scan", path, pattern, "--json").stdout)
        equal(pattern, said["matches"], ["0x0", "0xfff", "0x10000", hex(len(data) - 4)])
    equal("string", run("scan", path, "MZ", "--type=string").stdout.splitlines()[-1], "4 found")
    values = bytearray(8192)
    values[16:20], values[41:45] = (-7 & 0xffffffff).to_bytes(4, "little"), bytes.fromhex("0000c0bf")   # -1.5
    path = file("v", bytes(values))
    for words, expected in (((("-t", "i32", "=-7")), ["0x10"]), (("-t", "i32", "<0", "-9..-1", "any"), ["0x10"]),
                            (("-t", "f32", "-u", "=-1.5"), ["0x29"]), (("-t", "f32", "-u", "-1.9..-1"), ["0x29"]),
                            (("-t", "u64", ">0xfff00000"), ["0x10", "0x28"])):
        said = json.loads(run("scan", path, *words, "--interval", 0, "--json").stdout)
        equal(str(words), said["matches"], expected)
    run("scan", path, "ff ff ff ff ff", status=1)
    run("scan", path, "-t", "u8", "=77", status=1)


def test_cores_and_captures() -> None:
    a = file("a", bytes(10_000))
    run("snapshot", a, "-o", aids.FOLDER / "a.core", "--range", "0x1000-0x2000")
    b = file("b", bytes(0x1800) + b"x" + bytes(10_000 - 0x1801))
    equal("core and raw", runs(run("diff", aids.FOLDER / "a.core", b, "--json", status=1)), [(0x1800, 1)])
    core = bytearray((aids.FOLDER / "a.core").read_bytes())
    equal("core", core[:4] + core[16:18], b"\x7fELF\x04\x00")
    for at in (32, 40, 54, 56):         # table's place, sections, entry size, count
        bad = bytearray(core)
        bad[at:at + 2] = b"\xf0\xff"
        ran = run("maps", file("bad.core", bytes(bad)), status=None)
        if ran.returncode not in (0, 2) or (ran.returncode == 2 and "leaves the file" not in ran.stderr):
            raise Failed(f"bad core at {at}: {ran}")
    for length in range(0, len(core), 97):
        run("maps", file("cut.core", bytes(core[:length])), status=None)
    table = int.from_bytes(core[32:40], "little")
    core[table + 8:table + 16] = b"\xff" * 8
    cannot("leaves the file", "maps", file("bad.core", bytes(core)))


def test_refusals() -> None:
    a = file("a", b"abc")
    cannot("which command", *())
    cannot("no command", "peek")
    cannot("needs A B", "diff", a)
    cannot("no file and no process", "maps", aids.FOLDER / "none")
    cannot("there is none", "maps", "pid:999999999")
    cannot("not the number", "maps", "pid:x")
    cannot("not a regular file", "maps", aids.FOLDER)
    cannot("shares no guest memory", "maps", f"guest:{os.getpid()}")
    cannot("no guest's memory", "maps", f"guest:{a}")
    cannot("character 4", "scan", a, "4D xx")
    cannot("--type u9", "scan", a, "=1", "--type", "u9")
    cannot("no value of u8", "scan", a, "=256", "--type", "u8")
    cannot("no value of i8", "scan", a, "=-129", "--type", "i8")
    cannot("floats have no", "scan", a, "+1", "--type", "f64")
    cannot("first round", "scan", a, "changed", "--type", "u8")
    cannot("too small", "scan", a, "=1", "--type", "u64")
    cannot("FIRST-END", "diff", a, a, "--ignore", "5")
    cannot("ascend", "diff", a, a, "--ignore", "5-9", "--ignore", "1-3")
    cannot("--if needs --type", "diff", a, a, "--if", "=1")
    cannot("unknown option", "diff", a, a, "--symbol")
    cannot("not a time", "watch", a, "-i", "soon")
    cannot("--output", "snapshot", a)
    cannot("cannot be written", "snapshot", a, "-o", aids.FOLDER / "none/x")
    cannot("none of its 1 regions is chosen by --region heap", "watch", a, "--region", "heap")
    cannot("nothing of it is chosen", "watch", a, "--range", "1M-2M")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        with Child() as child:
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
            program = aids.FOLDER / "memwatch"
            shutil.copy(aids.BUILD / "san/memwatch", program)
            aids.FOLDER.chmod(0o755)
            ran = subprocess.run([*prefix, str(program), "maps", str(child.pid)], capture_output=True, text=True, timeout=30)
            equal("permission", (ran.returncode, "not allowed" in ran.stderr), (2, True))


def test_writes_nothing() -> None:
    """Files are opened for reading alone, whatever the command."""
    path = file("a", bytes(4096))
    path.chmod(0o444)
    before = path.stat().st_mtime_ns
    run("watch", path, "-n", 1, "-i", 0)
    run("watch", path, "-n", 1, "-i", 0, "--hashes")
    equal("time", path.stat().st_mtime_ns, before)


def test_help_and_manual() -> None:
    text = run("--help").stdout
    names = set(re.findall(r"^  ([a-z]+) ", text, re.M)) & {"ps", "maps", "scan", "watch", "diff", "snapshot"}
    options = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", text, re.M))
    equal("commands", len(names), 6)
    manual = run("--man").stdout
    for word in options | {f"memwatch {name}" for name in names}:
        if word not in manual.replace("\\-", "-"):
            raise Failed(f"{word} is not in the manual")
    if shutil.which("groff"):
        ran = subprocess.run(["groff", "-man", "-ww", "-z"], input=manual, capture_output=True, text=True, timeout=30)
        equal("groff", (ran.returncode, ran.stderr), (0, ""))
    equal("version", run("--version").stdout, "memwatch 0.1.0\n")
    if str(os.getpid()) not in run("ps").stdout or os.getpid() not in [
            process["pid"] for process in json.loads(run("ps", "--json").stdout)["processes"]]:
        raise Failed("ps does not list this process")
    for name in names:
        own = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", run(name, "--help").stdout, re.M))
        script = (f"source <({aids.BUILD}/san/memwatch --completion); COMP_WORDS=(memwatch {name} --); COMP_CWORD=2; _memwatch; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        ran = subprocess.run(["bash", "-uc", script], capture_output=True, text=True, timeout=30)
        equal(f"completion of {name}", (ran.stderr, set(ran.stdout.split()) - {"--help"}), ("", own))
