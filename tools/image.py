#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the disk images that machines boot: the USB stick of users, small ones for tests, the ISO.

An image is a sparse file with a partition table and one FAT ESP that holds a copy of esp/.
It is made without root (sfdisk, mtools) and depends on the files alone: fixed GUIDs, serial
number, time stamps and file order, so that two runs give the same bytes.
Also stages copies of esp/ with other config values or files, which is how runs that need
`exit=qemu` leave the user's stick alone.
Spec: UEFI 2.10, 5.3 (GPT) and 13.3 (FAT on the system partition).
"""
from __future__ import annotations

import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

MIB = 1 << 20
SECTOR = 512
ALIGN = MIB                    # of the partition's first byte and of its size
STICK_MIB = 300                # with 4 KiB clusters FAT32 needs 65,525 of them: 256 MiB and more
FAT32_MIN_MIB = 260
ISO_ESP_MIB = 16               # FAT16; El Torito counts 16 bits of sectors, larger volumes are found all the same
SERIAL = "67726f6d"            # "grom": FAT volume serial and MBR disk signature
DISK_GUID = "67726F6D-6100-4000-8000-000000000001"
PART_GUID = "67726F6D-6100-4000-8000-000000000002"
ESP_TYPE = {"gpt": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "mbr": "ef"}
EPOCH = "1704067200"           # 2024-01-01, the time stamp of every file; FAT knows no zones, hence TZ
CONFIG = "groma.conf"
REPEATABLE = ("module", "reserve", "badram")    # keys that common/config takes several times


class ImageError(Exception):
    """One line for the user: what cannot be done."""


def find_tool(name: str) -> str:
    """The path of a program; sfdisk lies in /sbin, which Debian leaves out of a user's PATH."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise ImageError(f"{name} not found; tools/deps.sh {'iso' if name == 'xorriso' else 'run'} installs it")
    return path


def _run(name: str, *args: str, stdin: str = "") -> None:
    env = dict(os.environ, TZ="UTC", LC_ALL="C", MTOOLS_SKIP_CHECK="1", MTOOLSRC="/dev/null")
    env.setdefault("SOURCE_DATE_EPOCH", EPOCH)
    done = subprocess.run([find_tool(name), *args], input=stdin, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ImageError(f"{name}: {lines[-1]}")


def _partition(image: Path, table: str, size: int) -> int:
    """Writes the table; returns where the partition starts, in bytes."""
    if table == "none":
        return 0
    head = {"gpt": f"label: gpt\nlabel-id: {DISK_GUID}\nfirst-lba: {ALIGN // SECTOR}\n",
            "mbr": f"label: dos\nlabel-id: 0x{SERIAL}\n"}[table]
    line = f"start={ALIGN // SECTOR}, size={(size - 2 * ALIGN) // SECTOR}, type={ESP_TYPE[table]}"
    if table == "gpt":
        line += f', uuid={PART_GUID}, name="GROMA"'
    _run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", str(image), stdin=f"{head}{line}\n")
    return ALIGN


def _format(image: Path, start: int, size: int) -> None:
    sectors = (size - 2 * start) // SECTOR
    kind = ["-F", "-c", "8"] if size >= FAT32_MIN_MIB * MIB else ["-c", "4"]
    _run("mformat", "-i", f"{image}@@{start}", *kind, "-T", str(sectors), "-h", "255", "-s", "63",
         "-H", str(start // SECTOR), "-N", SERIAL, "-v", "GROMA", "::")


def _fill(image: Path, start: int, esp: Path) -> None:
    """Copies the tree in sorted order, a directory at a time: FAT keeps the order of creation."""
    target = f"{image}@@{start}"
    for folder, names, files in os.walk(esp):
        names.sort()
        inside = "::/" + "/".join(Path(folder).relative_to(esp).parts)
        if inside != "::/":
            _run("mmd", "-i", target, inside)
        if files:
            _run("mcopy", "-i", target, *(os.path.join(folder, name) for name in sorted(files)), inside)


def _tree_mib(esp: Path) -> int:
    return sum(path.stat().st_size for path in esp.rglob("*") if path.is_file()) // MIB + 1


def make_image(out: Path, esp: Path, table: str = "gpt", size_mib: int = STICK_MIB) -> Path:
    """Makes `out` from the tree `esp`; table is gpt, mbr or none. Larger when the files need it.

    Below 260 MiB the volume is FAT16, else FAT32. `out` appears only when it is complete.
    """
    if not esp.is_dir():
        raise ImageError(f"{esp}: no such directory")
    size = max(size_mib, _tree_mib(esp) + size_mib // 8) * MIB
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with open(part, "wb") as file:
            file.truncate(size)
        start = _partition(part, table, size)
        _format(part, start, size)
        _fill(part, start, esp)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def make_iso(out: Path, esp: Path) -> Path:
    """Makes a hybrid ISO from the tree: boots as a CD and as a stick. `out` appears only when it is complete.

    The loader reads from the FAT volume that it came from. That volume is a GPT partition behind the
    ISO 9660 file system, and the El Torito boot image at once. The tree lies in the ISO's own file
    system too, for people and for firmware that reads it.
    """
    part = out.with_name(out.name + ".part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="groma-") as place:
            volume = make_image(Path(place) / "esp.img", esp, "none", ISO_ESP_MIB)
            part.unlink(missing_ok=True)
            date = os.environ.get("SOURCE_DATE_EPOCH", EPOCH)
            _run("xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-r", "-file-mode", "0444", "-J", "-V", "GROMA",
                 "--set_all_file_dates", f"={date}", "-o", str(part),
                 "-partition_offset", "16", "-appended_part_as_gpt", "-append_partition", "2", ESP_TYPE["gpt"],
                 str(volume), "-e", "--interval:appended_partition_2:all::", "-no-emul-boot", str(esp))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def edit_config(text: str, overrides: list[str]) -> str:
    """Applies `key=value` (instead of every line of that key) and `key+=value` in order.

    The second adds a line where the key may come several times, else appends a word to the value.
    Lines that no override names keep their bytes.
    """
    lines = text.split("\n")
    for override in overrides:
        key, sign, value = override.partition("=")
        name, value, adds = key.rstrip("+ ").strip(), value.strip(), key.rstrip().endswith("+")
        if not sign or not name:
            raise ImageError(f"{override}: not KEY=VALUE or KEY+=VALUE")
        places = [i for i, line in enumerate(lines)
                  if "=" in line and line.partition("=")[0].strip() == name]
        if adds and places and name not in REPEATABLE:
            lines[places[-1]] = f"{lines[places[-1]].rstrip()} {value}"
            continue
        at = len(lines) - (lines[-1] == "")
        if places:
            at = places[-1] + 1 if adds else places[0]
        if not adds:
            lines = [line for i, line in enumerate(lines) if i not in places]
        lines.insert(at, f"{name} = {value}")
    return "\n".join(lines)


def edit_config_file(path: Path, overrides: list[str]) -> None:
    """The same for a file, which may be absent and need not be text."""
    old = path.read_bytes() if path.exists() else b""
    path.write_bytes(edit_config(old.decode("utf-8", "surrogateescape"), overrides)
                     .encode("utf-8", "surrogateescape"))


def stage(esp: Path, target: Path, overrides: list[str] | None = None,
          files: dict[str, Path | bytes | None] | None = None) -> Path:
    """Copies esp/ to `target` with other config values and other files (None: the file is left out)."""
    if not (esp / "EFI/BOOT/BOOTX64.EFI").is_file():
        raise ImageError(f"{esp}/EFI/BOOT/BOOTX64.EFI is missing; make builds it")
    shutil.copytree(esp, target)
    for name, content in (files or {}).items():
        place = target / name
        place.unlink(missing_ok=True)
        if content is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else Path(content).read_bytes())
    if overrides:
        edit_config_file(target / CONFIG, overrides)
    return target


def _esp_start(disk: Path) -> int:
    """Where the ESP begins, in bytes: as the GPT says (an ISO's is a partition, too), else at 1 MiB."""
    with open(disk, "rb") as file:
        file.seek(SECTOR)
        header = file.read(SECTOR)
        if header[:8] != b"EFI PART":
            return ALIGN
        table, count, size = struct.unpack_from("<QII", header, 72)
        file.seek(table * SECTOR)
        entries = file.read(min(count, 128) * size)
    wanted = uuid.UUID(ESP_TYPE["gpt"]).bytes_le
    for at in range(0, len(entries) - 127, max(size, 128)):
        if entries[at:at + 16] == wanted:
            return struct.unpack_from("<Q", entries, at + 32)[0] * SECTOR
    raise ImageError(f"{disk}: no EFI system partition in its GPT")


def copy_image(source: Path, target: Path, overrides: list[str]) -> Path:
    """Copies an image, a stick's or an ISO, with other config values on its ESP."""
    if not source.is_file():
        raise ImageError(f"{source}: no such image")
    start = _esp_start(source)
    _run("cp", "--sparse=always", str(source), str(target))
    volume = f"{target}@@{start}"
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        config = Path(place) / CONFIG
        _run("mcopy", "-i", volume, f"::/{CONFIG}", str(config))
        edit_config_file(config, overrides)
        _run("mcopy", "-o", "-i", volume, str(config), f"::/{CONFIG}")
    return target


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="image.py", description="Make a bootable image from esp/.")
    parser.add_argument("--esp", type=Path, default=Path("esp"), help="the tree to copy (default esp)")
    parser.add_argument("--out", type=Path, required=True, help="the image file to write")
    parser.add_argument("--table", choices=("gpt", "mbr", "none", "iso"), default="gpt",
                        help="partition table; iso: a hybrid ISO")
    parser.add_argument("--size", type=int, default=STICK_MIB, metavar="MIB", help="at least this large")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override groma.conf")
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="groma-") as place:
            tree = stage(args.esp, Path(place) / "esp", args.set)
            make_iso(args.out, tree) if args.table == "iso" else make_image(args.out, tree, args.table, args.size)
    except (ImageError, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
