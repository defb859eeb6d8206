#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""groma-usb on a machine made of folders and files: what it refuses, what it writes, what it says.

usage: stick.py [TEST]...
The machine stands in stick_machine.py. `stick.py --command ROOT ARGUMENT...` is groma-usb on that
machine, as a process of its own: for terminals and limits.
"""
from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import pty
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import stick_machine as machine
from stick_machine import IMAGE_MIB, MIB, ROOT, STICK_BYTES, FakeSystem, Failed, Ran, check_gpt, equal, image, snapshot

import stick  # the package in tools/, which the import above put first
from stick import gpt, progress, write

FOLDER = Path()                 # set by main, new for each test
SYSTEM: FakeSystem
IMAGE: Path                     # made once for all


def dev(name: str) -> Path:
    return FOLDER / "dev" / name


def run(*words: object) -> Ran:
    return Ran(SYSTEM, "--image", IMAGE, *words)


def write_to(name: str, *words: object) -> Ran:
    return run(dev(name), "--yes-write-to", name, *words)


def read(path: Path, first: int, end: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(first)
        return file.read(end - first)


def junk(path: Path, seed: int = 1) -> bytes:
    """Fills a stick with bytes that are no zeros, so that what stays is seen."""
    data = hashlib.shake_128(bytes([seed])).digest(path.stat().st_size)
    path.write_bytes(data)
    return data


# ---- refusals -------------------------------------------------------------------------------------------

ALL = ("--allow-fixed", "--allow-large", "--really")
REFUSALS = (  # device, id, about, further options
    ("sda", 3, "runs from it", ALL), ("dm-0", 3, "", ALL), ("sda1", 2, "sda", ALL), ("sdb1", 2, "sdb", ()),
    ("sdc", 4, "sdc1 is mounted at /media/my stick", ALL), ("sdl", 4, "mounted at /home", ALL),
    ("sdd", 4, "sdd1 is swap space", ALL), ("sde", 4, "sde1 belongs to md0", ALL),
    ("sdf", 5, "not removable", ()), ("sdf", 5, "", ("--allow-fixed",)), ("sdf", 5, "", ("--really",)),
    ("sdf", 5, "", ("--allow-large", "--really")), ("mmcblk0", 5, "", ()), ("vdb", 5, "", ()),
    ("sdg", 6, "300 GiB", ()), ("sdg", 6, "", ("--allow-large",)), ("sdg", 6, "", ("--really",)),
    ("sdg", 6, "", ("--allow-fixed", "--really")), ("sdh", 7, "write-protected", ALL), ("sdi", 8, "4096", ALL),
    ("sdj", 8, "no medium", ALL), ("sr0", 8, "optical", ALL), ("sdk", 10, "do not fit", ALL),
    ("sdb", 1, "--size", ("--size", "1G")), ("sdx", 1, "no such device", ALL),
)


def test_refusals() -> None:
    before = snapshot(FOLDER)
    for name, number, about, more in REFUSALS:
        write_to(name, *more).refused(number, about)
    os.mkfifo(FOLDER / "fifo")
    for path in (FOLDER / "fifo", FOLDER):
        run(path).refused(1, "neither")
    (FOLDER / "fifo").unlink()
    run("--list", dev("sdb")).refused(1, "usage")
    run().refused(1, "usage")
    equal("nothing was written", snapshot(FOLDER / "dev"), {p: s for p, s in before.items() if dev("") in p.parents})


def test_told_twice() -> None:
    write_to("sdf", "--allow-fixed", "--really").good()
    write_to("sdg", "--allow-large", "--really").good()
    for name in ("sdf", "sdg"):
        check_gpt(dev(name))
    write_to("sdn").good()                          # exactly 256 GiB is not larger


def interrupted() -> str:
    os.kill(os.getpid(), 2)
    return "sdb\n"


def test_names() -> None:
    before = snapshot(FOLDER)
    run(dev("sdb")).refused(11, "no terminal")
    for wrong in ("sdc", "", "SDB", "sdb1", " sdb", "yes"):
        run(dev("sdb"), "--yes-write-to", wrong).refused(11, "another name")
    ran = Ran(SYSTEM, "--image", IMAGE, dev("sdb"), stdin=mock.Mock(isatty=lambda: True, readline=interrupted))
    equal("Ctrl-C", (ran.status, ran.err[ran.err.index("go on: ") + 7:]), (130, "groma-usb: interrupted; nothing was written\n"))
    equal("nothing was written", snapshot(FOLDER), before)
    (FOLDER / "by-id").symlink_to(dev("sdb"))
    run(FOLDER / "by-id", "--yes-write-to", "sdb").good()
    check_gpt(dev("sdb"))


def in_terminal(*words: object, typed: str = "") -> tuple[int, str]:
    """The command as a process with a terminal of its own."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([sys.executable, __file__, "--command", str(FOLDER), *map(str, words)], stdin=theirs,
                             stdout=theirs, stderr=theirs, env=dict(os.environ, TERM="xterm", COLUMNS="100"))
    os.close(theirs)
    os.write(ours, typed.encode())
    said = b""
    while True:
        try:
            fresh = os.read(ours, 65536)
        except OSError:                             # Linux: nobody has the other end any more
            break
        if not fresh:
            break
        said += fresh
    os.close(ours)
    return child.wait(60), said.decode()


def test_terminal() -> None:
    before = snapshot(FOLDER)
    for typed in ("sdc\n", "\n", "y\n", "\x04"):
        status, said = in_terminal("--image", IMAGE, dev("sdb"), typed=typed)
        if status != 2 or "E-STICK-11" not in said or "SanDisk Ultra Fit, usb, 16 MiB" not in said or "sdb1" not in said:
            raise Failed(f"typed {typed!r}: status {status}, {said!r}")
    equal("nothing was written", snapshot(FOLDER), before)
    status, said = in_terminal("--image", IMAGE, dev("sdb"), typed="sdb\n")
    bar = all(word in said for word in ("\rwriting [", "100 %", "MiB/s", "\rreading back [", "\r\x1b[K"))
    if status != 0 or not bar or "groma-usb: sdb (SanDisk Ultra Fit" not in said:
        raise Failed(f"status {status}, {said!r}")
    check_gpt(dev("sdb"))
    status, said = in_terminal("--image", IMAGE, dev("sdb"), "--quiet", "--yes-write-to", "sdb")
    equal("quiet", (status, said), (0, ""))


def test_list() -> None:
    text = run("--list").good().out
    states = {line.split()[0]: line for line in text.splitlines()}
    equal("devices", sorted(states), [f"/dev/{name}" for name in (
        "mmcblk0", "sdb", "sdc", "sdd", "sde", "sdf", "sdg", "sdh", "sdi", "sdk", "sdl", "sdm", "sdn", "sdo")])
    for name, words in (("sdb", "16 MiB  usb     SanDisk Ultra Fit"), ("sdb", " free"), ("sdc", "/media/my stick"),
                        ("mmcblk0", "E-STICK-05"), ("sdg", "E-STICK-06")):
        if words not in states[f"/dev/{name}"]:
            raise Failed(f"{name}: {states[f'/dev/{name}']}")
    said = {row["device"]: row for row in json.loads(run("--list", "--json").good().out)}
    equal("JSON", (said["/dev/sdd"]["uses"], said["/dev/sdb"]["size_bytes"], said["/dev/sdb"]["state"]),
          (["sdd1 is swap space"], STICK_BYTES, "free"))
    (FOLDER / "proc/swaps").unlink()
    run("--list").refused(1, "swaps")
    write_to("sdb").refused(1, "nobody knows what is in use")


# ---- devices --------------------------------------------------------------------------------------------

def test_write() -> None:
    """image  | MiB 0 | 1 ... 5 |              stick  | MiB 0 | 1 ... 5 | as it was | last MiB |"""
    before = junk(dev("sdb"))
    said = write_to("sdb").good().out
    if "7 MiB written" not in said or "equal" not in said or "new end" not in said:
        raise Failed(said)
    size, end = IMAGE.stat().st_size, STICK_BYTES - MIB
    equal("partition", read(dev("sdb"), MIB, size - MIB) == read(IMAGE, MIB, size - MIB), True)
    equal("old second table", any(read(dev("sdb"), size - 33 * 512, size)), False)
    equal("behind the image", read(dev("sdb"), size, end) == before[size:end], True)
    equal("last MiB", any(read(dev("sdb"), end, STICK_BYTES - 33 * 512)), False)
    check_gpt(dev("sdb"))


def test_sizes() -> None:
    """The second table at the end of targets that are little and much larger than the image."""
    size = IMAGE.stat().st_size
    for more in (512, 1024, 32 * 512, 33 * 512, 34 * 512, MIB - 512, MIB, MIB + 512, 9 * MIB + 512):
        target = FOLDER / f"larger-{more}.img"
        run(target, "--size", size + more, "--quiet").good()
        equal("size", target.stat().st_size, size + more)
        check_gpt(target)
    exact = FOLDER / "exact.img"
    run(exact).good()
    equal("exact", exact.read_bytes() == IMAGE.read_bytes(), True)
    naive = FOLDER / "naive.img"                    # the judges must see what this is all about
    naive.write_bytes(IMAGE.read_bytes() + bytes(MIB))
    try:
        check_gpt(naive)
    except Failed:
        if "not on the end of the device" in machine.sfdisk(naive):
            return
    raise Failed("a table in the middle was not noticed")


def test_mbr() -> None:
    plain = image.make_image(FOLDER / "mbr.img", FOLDER / "esp", "mbr", IMAGE_MIB)
    write_to("sdb").good()                          # leaves a GPT, whose second copy must go
    said = Ran(SYSTEM, "--image", plain, dev("sdb"), "--yes-write-to", "sdb").good().out
    size = plain.stat().st_size
    equal("image", read(dev("sdb"), 0, size) == plain.read_bytes(), True)
    equal("the last MiB", any(read(dev("sdb"), STICK_BYTES - MIB, STICK_BYTES)), False)
    equal("no GPT moved", "second copy" in said, False)


def incomplete(ran: Ran, number: int = 12, status: int = 2) -> None:
    ran.refused(number, "the stick is now incomplete", status)
    equal("no partition table is left", any(read(dev("sdb"), 0, MIB)), False)


def test_write_fails() -> None:
    whole = write.write_all

    def gone(fd: int, offset: int, data: bytes) -> None:
        if offset == 3 * MIB:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        whole(fd, offset, data)

    def interrupted(fd: int, offset: int, data: bytes) -> None:
        if offset == 3 * MIB:
            os.kill(os.getpid(), 2)
        whole(fd, offset, data)

    def bad(fd: int, offset: int, data: bytes) -> None:
        whole(fd, offset, data if offset != 3 * MIB else data[:-1] + bytes([data[-1] ^ 1]))

    junk(dev("sdb"))
    with mock.patch.object(write, "write_all", gone):
        incomplete(write_to("sdb"))
    junk(dev("sdb"))
    with mock.patch.object(write, "write_all", interrupted):
        incomplete(write_to("sdb"), status=130)
    with mock.patch.object(os, "pwrite", lambda *_: 0):
        write_to("sdb").refused(12, "took nothing more")
    real = os.preadv

    def no_direct(fd: int, buffers: list, offset: int) -> int:
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(fd, buffers, offset)

    with mock.patch.object(os, "preadv", no_direct):
        equal("said", "read back (through the cache) in" in write_to("sdb").good().out, True)
    with mock.patch.object(write, "write_all", bad):
        write_to("sdb").refused(13, f"between bytes {3 * MIB} and {4 * MIB}")
    raw = write.Image._raw
    with mock.patch.object(write.Image, "_raw", lambda self, at, length: b"" if at == 3 * MIB else raw(self, at, length)):
        incomplete(write_to("sdb"))                 # the image became shorter
    real = os.pwrite
    with mock.patch.object(os, "pwrite", lambda fd, data, offset: real(fd, bytes(data[:1000]), offset)):
        write_to("sdb").good()                      # short writes go on
    check_gpt(dev("sdb"))


def test_full_disk() -> None:
    """A limit on file sizes is a write that fails half-way, without a double."""
    junk(dev("sdb"))
    for target, left in ((dev("sdb"), True), (FOLDER / "new.img", False)):
        ran = subprocess.run([sys.executable, __file__, "--command", str(FOLDER), "--image", str(IMAGE), str(target),
                              "--yes-write-to", "sdb"], capture_output=True, text=True, timeout=60, check=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MIB, 4 * MIB)))
        words = "the stick is now incomplete" if left else "nothing was left there"
        if ran.returncode != 2 or "E-STICK-12" not in ran.stderr or words not in ran.stderr or ran.stderr.count("\n") != 1:
            raise Failed(f"{target.name}: status {ran.returncode}, {ran.stderr!r}")
    equal("no partition table", any(read(dev("sdb"), 0, MIB)), False)
    equal("leftovers", list(FOLDER.glob("*new.img*")), [])


def test_open_fails() -> None:
    for code, number in ((errno.EBUSY, 4), (errno.EACCES, 14), (errno.EPERM, 14), (errno.EROFS, 7), (errno.ENXIO, 1)):
        with mock.patch.object(os, "open", side_effect=OSError(code, os.strerror(code))):
            write_to("sdb").refused(number)
    with mock.patch.object(os, "open", wraps=os.open) as opened:
        write_to("sdb").good()
    equal("exclusive", [call.args[1] & os.O_EXCL != 0 for call in opened.call_args_list if call.args[0] == dev("sdb")],
          [True])


def test_changed_while_typing() -> None:
    before = snapshot(FOLDER / "dev")

    def swapped(disk, args) -> None:
        (FOLDER / "sys/block/sdb/size").write_text("40960\n")

    def mounted(disk, args) -> None:
        (FOLDER / "sys/block/sdb/size").write_text(f"{STICK_BYTES // 512}\n")
        with open(FOLDER / "proc/self/mountinfo", "a") as file:
            file.write("99 20 8:17 / /media/new rw - vfat /dev/sdb1 rw\n")

    with mock.patch.object(machine.command, "confirm", swapped):
        write_to("sdb").refused(1, "changed")
    with mock.patch.object(machine.command, "confirm", mounted):
        write_to("sdb").refused(4, "/media/new")
    equal("nothing was written", snapshot(FOLDER / "dev"), before)


# ---- files ----------------------------------------------------------------------------------------------

def test_file() -> None:
    target = FOLDER / "new.img"
    target.write_text("precious")
    run(target).refused(15, "--replace")
    equal("as it was", target.read_text(), "precious")
    run(target, "--size", "1M", "--replace").refused(10)
    equal("as it was", target.read_text(), "precious")
    run(target, "--replace").good()
    equal("replaced", target.read_bytes() == IMAGE.read_bytes(), True)
    old = os.umask(0o027)
    run(target, "--replace").good()
    os.umask(old)
    equal("rights", target.stat().st_mode & 0o777, 0o640)
    run(IMAGE, "--replace").refused(1, "the image itself")
    run(FOLDER / "nowhere/new.img").refused(1, "no folder")
    run(target, "--size", "3").refused(1, "--size")
    with mock.patch.object(write.Writer, "verify", lambda *_: os.kill(os.getpid(), 15)):
        run(FOLDER / "other.img").refused(12, "nothing was left there", status=130)
    equal("leftovers", [path.name for path in FOLDER.iterdir() if "other" in path.name], [])


def test_bad_images() -> None:
    good = IMAGE.read_bytes()
    spoilt = {"short": good[:700], "empty": b"", "odd": good + b"x", "text": b"hello " * 1024 + bytes(0),
              "header": good[:570] + b"\xff" + good[571:], "table": good[:1030] + b"\xff" + good[1031:]}
    before = snapshot(FOLDER / "dev")
    for name, data in spoilt.items():
        path = FOLDER / name
        path.write_bytes(data)
        Ran(SYSTEM, "--image", path, dev("sdb"), "--yes-write-to", "sdb").refused(9, name)
    Ran(SYSTEM, "--image", FOLDER / "none", dev("sdb"), "--yes-write-to", "sdb").refused(9, "make usb")
    (FOLDER / "full").write_bytes(good[:-MIB])      # ends where its partition ends
    Ran(SYSTEM, "--image", FOLDER / "full", FOLDER / "new", "--size", len(good) - MIB + 512).refused(9, "reaches into")
    equal("nothing was written", snapshot(FOLDER / "dev"), before)


def test_progress() -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    bar = progress.Progress("writing", 300 * MIB, Terminal())
    with mock.patch.object(bar, "seconds", lambda: 10.0):
        equal("half", bar.line(150 * MIB, 100),
              "writing [###############...............]  50 % 150 of 300 MiB, 15.0 MiB/s, 10 s left")
        equal("narrow", bar.line(300 * MIB, 40), "writing 100 % 300 of 300 MiB, 30.0 MiB/")
        equal("begin", bar.line(0, 100).endswith("  0 % 0 of 300 MiB, 0.0 MiB/s"), True)
    equal("sizes", [stick.size_text(size) for size in (0, 512, 1536, 28 << 30, 30_800_000_000)],
          ["0 bytes", "512 bytes", "1.5 KiB", "28 GiB", "28.7 GiB"])


# ---- running ----------------------------------------------------------------------------------------------

def one(name: str, test, place: Path) -> bool:
    global FOLDER, SYSTEM
    FOLDER = place / name
    SYSTEM = machine.SYSTEM = machine.make_machine(FOLDER)
    machine.make_tree(FOLDER / "esp")
    start = time.monotonic()
    try:
        test()
    except (Failed, stick.StickError, stick.Interrupted, OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"FAIL stick.{name} {type(error).__name__}: {error}".replace("\n", "\n  "), flush=True)
        return False
    print(f"ok stick.{name} {time.monotonic() - start:.2f}", flush=True)
    return True


def main(names: list[str]) -> int:
    global IMAGE
    import stick_copy
    tests = {name[5:]: test for module in (globals(), vars(stick_copy)) for name, test in module.items()
             if name.startswith("test_")}
    unknown = set(names) - set(tests)
    if unknown:
        print(f"stick: no test {' '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        IMAGE = image.make_image(Path(place) / "small.img", machine.make_tree(Path(place) / "esp"), "gpt", IMAGE_MIB)
        passed = [one(name, test, Path(place)) for name, test in tests.items() if not names or name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--command"]:
        sys.exit(machine.command.main(sys.argv[3:], FakeSystem(Path(sys.argv[2]))))
    sys.exit(main(sys.argv[1:]))
