# SPDX-License-Identifier: MIT
"""memwatch on a child process: what it changes is found, also while it runs."""
from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import time

import memwatch_aids as aids
from memwatch_aids import Child, Failed, cannot, equal, file, run, runs, start


def test_process_diff() -> None:
    with Child() as child:
        for way in ((), ("--proc-mem",)):
            child.say(f"set 0 17 {child.size}")
            run("snapshot", child.pid, child.range, "-o", aids.FOLDER / "p.core", *way)
            equal("same", runs(run("diff", aids.FOLDER / "p.core", child.pid, "--json", *way, status=None))
                  .count((child.base, 1)), 0)
            for line in ("set 5 1 1", "set 4094 2 5", "set 1000000 3 3000000", f"set {child.size - 1} 4 1"):
                child.say(line)
            expected = [(child.base + at, length) for at, length in
                        ((5, 1), (4094, 5), (1000000, 3000000), (child.size - 1, 1))]
            found = json.loads(run("diff", aids.FOLDER / "p.core", child.pid, "--json", *way, status=1).stdout)
            equal("planted", [(int(c["address"], 16), c["length"]) for c in found["changes"]], expected)
            equal("compared", found["compared_bytes"], child.size)
        child.say("drop 8192 4096")      # a hole: the rest is still compared
        found = json.loads(run("diff", aids.FOLDER / "p.core", child.pid, "--json", status=1).stdout)
        equal("hole", (found["compared_bytes"], [(int(c["address"], 16), c["length"]) for c in found["changes"]]),
              (child.size - 4096, expected))


def test_process_by_name() -> None:
    """A name of more than the 15 bytes that the kernel keeps; it must mean one process, and a file goes first."""
    program = aids.FOLDER / f"memwatch-named-{os.getpid()}"
    shutil.copy(aids.BUILD / "memwatch_child", program)
    with Child(program) as child:
        said = run("maps", program.name).stdout
        if not said.startswith(f"process {child.pid} (memwatch-named-) by "):
            raise Failed(f"by name: {said[:200]}")
        with Child(program):
            cannot("2 processes have this name", "maps", program.name)
    cannot("no file and no process", "maps", program.name)


def test_progress() -> None:
    """In a terminal a scan that takes long shows how far it is, and wipes that out; elsewhere it is silent."""
    path = aids.FOLDER / "large"
    with open(path, "wb") as out:
        out.truncate(96 << 20)
    main, terminal = pty.openpty()
    scan = subprocess.Popen([str(aids.BUILD / "san/memwatch"), "scan", str(path), "-t", "i32", "=7"], stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    text = b""
    try:
        while chunk := os.read(main, 65536):
            text += chunk
    except OSError:
        pass
    os.close(main)
    equal("found", (scan.communicate(timeout=60)[0], scan.returncode), (b"0 found\n", 1))
    bars = re.findall(rb"\r=7 \[(#*)(\.*)\] +(\d+) %", text)
    if not bars or any(len(full) + len(rest) != 40 for full, rest, _ in bars) or not text.endswith(b"\r\x1b[K"):
        raise Failed(f"progress: {text!r}")
    equal("ascending", [int(percent) for _, _, percent in bars], sorted(int(percent) for _, _, percent in bars))


def test_process_watch() -> None:
    """Rounds see what was planted between them, each once; memory that goes is no end, the process is."""
    with Child() as child:
        watch = start("watch", child.pid, child.range, "--interval=0.2", "--count=40", "--json")
        found: list[tuple[int, int]] = []
        lost = 0
        equal("nothing", json.loads(watch.stdout.readline())["changes"], [])
        child.say("set 100 9 3")
        child.say("set 4190304 9 1000000")
        child.say("drop 2097152 8192")
        while len(found) < 2 or lost < 8192:
            said = json.loads(watch.stdout.readline())
            found += [(int(c["address"], 16) - child.base, c["length"]) for c in said["changes"]]
            lost += said["unreadable_bytes"]
        equal("planted", sorted(found), [(100, 3), (4190304, 1000000)])
        equal("lost once", lost, 8192)
        child.process.kill()
        child.process.wait()
        _, errors = watch.communicate(timeout=30)
        equal("gone", (watch.returncode, "has ended" in errors), (2, True))


def test_process_scan() -> None:
    with Child() as child:
        child.say("set 4096 90 2")
        found = json.loads(run("scan", child.pid, "11 5a 5a 11", child.range, "--json").stdout)
        equal("pattern", found["matches"], [hex(child.base + 4095)])
        child.say("set 65536 100 1")
        child.say("set 69632 100 1")
        scan = start("scan", child.pid, child.range, "--type=u8", "=100", "-5", "-i", "1.5")
        equal("first", scan.stdout.readline(), "=100: 2\n")
        child.say("set 69632 95 1")
        out, _ = scan.communicate(timeout=60)
        equal("second", (scan.returncode, out.splitlines()[0], out.splitlines()[1].split()[0]),
              (0, "-5: 1", f"{child.base + 69632:#018x}"))


def test_live_view() -> None:
    with Child() as child:
        main, terminal = pty.openpty()
        watch = subprocess.Popen([str(aids.BUILD / "san/memwatch"), "watch", str(child.pid), child.range, "-i", "0.2", "-n", "4"],
                                 stdout=terminal, stderr=terminal)
        os.close(terminal)
        time.sleep(0.3)
        child.say("set 0 5 4096")
        text = b""
        try:
            while chunk := os.read(main, 65536):
                text += chunk
        except OSError:
            pass
        os.close(main)
        equal("status", watch.wait(30), 1)
        for part in (rb"round 4, 0\.[0-9] s; 8 MiB compared in \d+ ms; it uses \d+ % of a processor; Ctrl-C ends",
                     rb"\n1 change so far, the last 0\.\d s ago in round [1-4]", rb"\n0x0000\w+ \+4096 ",
                     rb"\n\[@ {31}\] +\d.*B/s +4096 B all of it", rb"\n\[@ {31}\] +\d.*B/s +4096 B anonymous",
                     rb"\x1b\[J4 rounds in 0\.\d s: 1 change, 4096 bytes, in 1 round, the first in (\d), the last in \1\r"):
            if not re.search(part, text):
                raise Failed(f"no {part!r} in the live view: {text[-1500:]!r}")


def test_lines_of_watch() -> None:
    """Not in a terminal: what is watched, each round that changed something, now and then that nothing did, a summary."""
    with Child() as child:
        watch = start("watch", child.pid, child.range, "-i", "0.5", "-n", "12")
        head = watch.stdout.readline()
        if not re.fullmatch(rf"process {child.pid} \(memwatch_child\) by \S+: 8 MiB in 1 region, a look every 0\.5 s\n", head):
            raise Failed(f"head: {head}")
        child.say("set 7 9 2")
        text = watch.communicate(timeout=60)[0]
    expected = (rf"{child.base + 7:#018x} \+2 1111 -> 0909  anonymous\+0x7 changed\nround (\d+) \([0-9.]+ s\): 1 change, 2 bytes\n"
                r"rounds \d+ to \d+ \([0-9.]+ s\): nothing changed; it sleeps or waits\n"
                r"12 rounds in [6-9]\.\d s: 1 change, 2 bytes, in 1 round, the first in \1, the last in \1\n"
                r" +2 B anonymous\nthe process used \d\.\d\d s of processor time\n")
    if watch.returncode != 1 or not re.fullmatch(expected, text):
        raise Failed(f"lines: status {watch.returncode}, {text}")
    quiet = run("watch", file("a", bytes(5000)), "-n", 2, "-i", 0.01).stdout
    if not re.fullmatch(r"raw bytes: 5000 B in 1 region, a look every 0\.01 s\n2 rounds in 0\.\d s: nothing changed\n", quiet):
        raise Failed(f"quiet: {quiet}")


def test_own_process() -> None:
    ran = subprocess.run([str(aids.BUILD / "memwatch_self")], capture_output=True, text=True, timeout=60)
    ways = re.findall(r'^memwatch-self: way="(.*?)" rounds=20 by-dirty-pages=\d+ disagreements=0$', ran.stdout, re.M)
    equal("ways", (ran.returncode, len(ways)), (0, 2))
    print(f"memwatch: own-process way=\"{ways[1]}\"")
