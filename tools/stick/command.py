# SPDX-License-Identifier: MIT
"""groma-usb's command line: what is asked, what is refused, what is said.

Everything that can be refused is refused before the target is opened for writing, and again once it is
held, because sticks change under a path.
"""
from __future__ import annotations

import argparse
import json
import os
import re
import signal
import stat
import sys
from pathlib import Path
from typing import NoReturn

from . import SECTOR_BYTES, Interrupted, StickError, fill, size_text, write
from .devices import Allowed, Disk, System, check, is_stick

HERE = Path(__file__).resolve().parents[2]
CANNOT = 2
INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EPILOG = """\
A disk in use, or the one this system runs from, is refused always. One that is not removable needs
--allow-fixed and --really, one above 256 GiB needs --allow-large and --really. Exit status: 0 done,
2 refused or failed (one line with an id, tools/stick/README.md explains them), 130 interrupted."""


class Parser(argparse.ArgumentParser):
    """Errors are one line here, as all others."""

    def error(self, message: str) -> NoReturn:
        raise StickError(1, "usage", f"{message}; --help tells more")


def parse(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="groma-usb", epilog=EPILOG, allow_abbrev=False,
                                     description="Write the image to a stick, or to a new file; or fill a FAT stick.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", type=Path, metavar="DEVICE|FILE",
                        help="a whole device, as /dev/sdb, which is erased; or an image file to make")
    parser.add_argument("--list", action="store_true", help="show removable devices, and what is in use")
    parser.add_argument("--json", action="store_true", help="with --list: for programs")
    parser.add_argument("--copy", type=Path, metavar="MOUNTPOINT",
                        help="copy the files of esp/ to a mounted FAT stick, nothing else on it is touched")
    parser.add_argument("--image", type=Path, default=HERE / "build/groma-usb.img", metavar="FILE",
                        help="write this image (default build/groma-usb.img, which make usb builds)")
    parser.add_argument("--esp", type=Path, default=HERE / "esp", metavar="FOLDER", help="with --copy: its files")
    parser.add_argument("--size", type=size_bytes, metavar="SIZE", help="of an image file: 4G, 512M (default: as it is)")
    parser.add_argument("--replace", action="store_true", help="replace an image file that exists")
    parser.add_argument("--yes-write-to", metavar="NAME", help="the device's name, as sdb, where nobody can type it")
    parser.add_argument("--allow-fixed", action="store_true", help="with --really: a device that is not removable")
    parser.add_argument("--allow-large", action="store_true", help="with --really: a device above 256 GiB")
    parser.add_argument("--really", action="store_true", help="say it twice")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    args = parser.parse_args(argv)
    if sum((args.list, args.copy is not None, args.target is not None)) != 1:
        parser.error("one of DEVICE|FILE, --copy and --list is needed")
    if args.json and not args.list:
        parser.error("--json belongs to --list")
    return args


def size_bytes(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,11})([KMGT]?)", text.upper())
    size = int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[match[2]] if match else 0
    if size == 0 or size % SECTOR_BYTES:
        raise argparse.ArgumentTypeError(f"{text}: not a size like 4G or 512M, in whole sectors")
    return size


def status_of(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StickError(1, path, error.strerror)


# ---- a device ---------------------------------------------------------------------------------------

def find_disk(system: System, path: Path, status: os.stat_result, allowed: Allowed) -> Disk:
    """The disk behind an open or closed device, after all refusals."""
    number = system.number_of(status)
    disk, name = system.disk_of(number)
    if disk is None:
        raise StickError(1, path, f"device {number} is unknown to sysfs")
    if name != disk.name:
        raise StickError(2, path, f"a partition; name the whole device, {disk.name}")
    check(disk, allowed)
    return disk


def confirm(disk: Disk, args: argparse.Namespace) -> None:
    """The device's name, typed or given; anything else ends the run."""
    if args.yes_write_to is not None:
        typed = args.yes_write_to
    elif sys.stdin is not None and sys.stdin.isatty():
        parts = f" with {', '.join(disk.partitions)}" if disk.partitions else ""
        print(f"This erases all of {disk.name}{parts}: {disk.describe()}.\n"
              f"Type its name, {disk.name}, to go on: ", end="", file=sys.stderr, flush=True)
        try:
            typed = sys.stdin.readline().rstrip("\n")
        except Interrupted:
            raise Interrupted("interrupted; nothing was written")
    else:
        raise StickError(11, disk.name, f"no terminal to ask at: --yes-write-to {disk.name} says it")
    if typed != disk.name:
        raise StickError(11, disk.name, f"{typed!r} is another name; nothing was written")


def to_device(system: System, args: argparse.Namespace, status: os.stat_result, allowed: Allowed) -> str:
    if args.size is not None or args.replace:
        raise StickError(1, args.target, "--size and --replace are for image files, and this is a device")
    disk = find_disk(system, args.target, status, allowed)
    image = write.Image(args.image)
    image.fit(disk.size_bytes)
    confirm(disk, args)
    fd = write.open_device(args.target)
    try:
        if find_disk(system, args.target, os.fstat(fd), allowed) != disk:
            raise StickError(1, args.target, "changed while you typed; nothing was written")
        done = write.write_device(fd, args.target, image, sys.stderr, args.quiet)
    finally:
        os.close(fd)
    return f"{disk.name} ({disk.describe()}) holds {args.image.name} now: {report(done)}"


# ---- a file -----------------------------------------------------------------------------------------

def to_file(system: System, args: argparse.Namespace, status: os.stat_result | None) -> str:
    place = Path(os.path.realpath(args.target))
    if status is None and place.is_relative_to(os.path.realpath(system.root / "dev")):
        raise StickError(1, args.target, "no such device; --list shows the ones there are")
    if not place.parent.is_dir():
        raise StickError(1, args.target, f"no folder {place.parent}")
    image = write.Image(args.image)
    if status is not None and image.is_file(status):
        raise StickError(1, args.target, "the image itself; name another file")
    if status is not None and not args.replace:
        raise StickError(15, args.target, "exists; --replace replaces it")
    done = write.write_file(place, image, args.size or image.size_bytes, sys.stderr, args.quiet)
    return f"{args.target} made from {args.image.name}: {report(done)}"


def report(done: write.Report) -> str:
    speed = f", {size_text(int(done.written_bytes / done.write_seconds))}/s" if done.write_seconds >= 0.1 else ""
    words = [f"{size_text(done.written_bytes)} written in {done.write_seconds:.1f} s{speed}",
             f"read back{'' if done.past_cache else ' (through the cache)'} in {done.read_seconds:.1f} s and equal"]
    if done.moved_gpt:
        words.append("the partition table's second copy stands at the new end")
    return "; ".join(words)


# ---- the others -------------------------------------------------------------------------------------

def copied(done: fill.Filled, folder: Path) -> str:
    words = [f"{len(done.written)} files written ({size_text(done.written_bytes)}), {len(done.same)} were there; "
             "all read back and equal"]
    words += [f"{name} is not as we wrote it and stays" for name in done.kept]
    return f"{folder}: {'; '.join(words)}. Unmount it before you pull it out."


def state(disk: Disk, allowed: Allowed) -> str:
    try:
        check(disk, allowed)
    except StickError as error:
        return str(error)
    return "free"


def list_disks(system: System, as_json: bool, allowed: Allowed) -> str:
    disks = [disk for disk in system.disks() if is_stick(disk)]
    if as_json:
        return json.dumps([{"device": f"/dev/{disk.name}", "size_bytes": disk.size_bytes, "bus": disk.bus,
                            "model": disk.model, "removable": disk.removable, "read_only": disk.read_only,
                            "partitions": list(disk.partitions), "uses": list(disk.uses),
                            "state": state(disk, allowed)} for disk in disks], indent=1)
    if not disks:
        return "no removable device"
    return "\n".join(f"/dev/{disk.name:9} {size_text(disk.size_bytes):>10}  {disk.bus:7} {disk.model or '-':24} "
                     f"{state(disk, allowed)}" for disk in disks)


def run(system: System, args: argparse.Namespace) -> str:
    allowed = Allowed(args.allow_fixed, args.allow_large, args.really)
    if args.list:
        return list_disks(system, args.json, allowed)
    if args.copy is not None:
        return copied(fill.fill(system, args.copy, args.esp, allowed, sys.stderr, args.quiet), args.copy)
    status = status_of(args.target)
    if status is not None and system.number_of(status) is not None:
        return to_device(system, args, status, allowed)
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise StickError(1, args.target, "neither a block device nor a regular file")
    return to_file(system, args, status)


def _interrupt(*_: object) -> None:
    """Once: what is cleaned up after the first signal is not to be interrupted by the next."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted("interrupted")


def main(argv: list[str], system: System = System()) -> int:
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        args = parse(argv)
        said = run(system, args)
    except Interrupted as stop:
        print(f"\ngroma-usb: {stop}" if sys.stderr.isatty() else f"groma-usb: {stop}", file=sys.stderr)
        return INTERRUPTED
    except (StickError, OSError) as error:
        print(f"groma-usb: {error}", file=sys.stderr)
        return CANNOT
    if args.list or not args.quiet:
        print(said if args.list else f"groma-usb: {said}")
    return 0
