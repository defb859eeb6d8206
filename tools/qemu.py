# SPDX-License-Identifier: MIT
"""The one place with QEMU's options: what a machine is, and the command line that makes it.

Two firmwares: OVMF on q35 (its variables are a fresh copy per run: a file used with another machine
or CPU can hang in boot selection) and U-Boot on pc (it finds no virtio disk on q35 and hangs with
xhci, so USB is EHCI there; it has no driver for the legacy IDE ports, so ahci is a card of its own).
The accelerator is always named: a /dev/kvm that exists need not work.
The disk is never written to (snapshot=on), and a reset ends the machine (-no-reboot).
"""
from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

QEMU = "qemu-system-x86_64"
OVMF_FILES = (  # code, variables: Debian and Ubuntu, Fedora, Arch
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
)
UBOOT_ROM = "/usr/lib/u-boot/qemu-x86_64/u-boot.rom"
EXIT_PORT = 0xF4                # isa-debug-exit: a byte v ends QEMU with exit status 2v + 1
STATUS_OK = 33                  # the kernel wrote 0x10
STATUS_FAILED = 35              # the kernel wrote 0x11
RESERVE_ABOVE = 8 << 30         # larger machines get address space without promised memory

FIRMWARES = ("ovmf", "uboot")
BRIDGE_SLOT = 0x1c              # of the root port with `bridge`: q35 alone has PCI Express
BUSES = ("virtio", "usb", "ahci", "nvme", "cdrom", "bridge")
DISPLAYS = ("none", "vga", "window")
SERIALS = ("file", "stdio", "both")


class MachineError(Exception):
    """One line for the user: what cannot be done."""


@dataclass(frozen=True)
class Options:
    """A machine. Strings as a user writes them; `check` judges them."""

    firmware: str = "ovmf"
    mem: str = "512M"
    cpu: str = "max"
    smp: int = 1
    accel: str = "tcg"
    bus: str = "usb"
    display: str = "none"        # vga: a display that screendump can read; window: also shown
    serial: str = "file"         # stdio: this terminal, with QEMU's monitor behind Ctrl-A
    reset_log: bool = True       # -d cpu_reset, where triple faults show
    icount: int | None = None    # instructions count as time: 2^icount ns each, the same on any host
    gdb: bool = False            # gdb stub on a socket; the CPU waits for it
    watch: bool = False          # its memory is a file that others can map: memwatch watch guest:PID
    extra: tuple[str, ...] = ()

    def check(self) -> Options:
        for name, value, known in (("firmware", self.firmware, FIRMWARES), ("bus", self.bus, BUSES),
                                   ("display", self.display, DISPLAYS), ("serial", self.serial, SERIALS),
                                   ("accel", self.accel, ("tcg", "kvm"))):
            if value not in known:
                raise MachineError(f"{name} {value}: not one of {', '.join(known)}")
        memory_bytes(self.mem)
        if self.smp < 1:
            raise MachineError(f"smp {self.smp}: at least 1")
        return self


class Place:
    """The files of one run, in its temporary directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vars = folder / "vars.fd"
        self.serial = folder / "serial.log"
        self.resets = folder / "cpu_reset.log"
        self.errors = folder / "qemu.err"
        self.qmp = folder / "qmp.sock"
        self.gdb = folder / "gdb.sock"
        self.ram = folder / "ram"


def memory_bytes(size: str) -> int:
    """Bytes of a size like 512M, 5G or 900G; a bare number is MiB, as QEMU has it."""
    match = re.fullmatch(r"([1-9][0-9]*)([KMGT]?)", size.upper())
    if not match:
        raise MachineError(f"mem {size}: not a size like 512M or 5G")
    return int(match[1]) << {"K": 10, "": 20, "M": 20, "G": 30, "T": 40}[match[2]]


def first_present(pairs: tuple[tuple[str, str], ...], what: str) -> tuple[str, str]:
    for pair in pairs:
        if all(Path(name).is_file() for name in pair):
            return pair
    raise MachineError(f"{what} not found; tools/deps.sh run installs it")


def _value(path: Path | str) -> str:
    """A file name inside a comma-separated option."""
    return str(path).replace(",", ",,")


def _firmware(options: Options, place: Place) -> list[str]:
    if options.firmware == "uboot":
        if not Path(UBOOT_ROM).is_file():
            raise MachineError(f"{UBOOT_ROM} not found; tools/deps.sh uboot installs it")
        return ["-bios", UBOOT_ROM]
    code, variables = first_present(OVMF_FILES, "OVMF")
    shutil.copyfile(variables, place.vars)
    return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_value(code)}",
            "-drive", f"if=pflash,format=raw,unit=1,file={_value(place.vars)}"]


def _board(options: Options, place: Place) -> list[str]:
    machine = "pc" if options.firmware == "uboot" else "q35"
    size = memory_bytes(options.mem)
    memory = ["-m", f"{size >> 20}M"]
    if options.watch:
        machine += ",memory-backend=ram0"
        memory += ["-object", f"memory-backend-file,id=ram0,size={size},mem-path={_value(place.ram)},share=on"]
    elif size > RESERVE_ABOVE:
        machine += ",memory-backend=ram0"
        memory += ["-object", f"memory-backend-ram,id=ram0,size={size},reserve=off"]
    return ["-machine", machine, "-accel", options.accel, "-cpu", options.cpu,
            "-smp", str(options.smp), *memory]


def _disk(options: Options, disk: Path) -> list[str]:
    drive = ["-drive", f"if=none,id=disk,format=raw,snapshot=on,file={_value(disk)}"]
    usb = "usb-ehci" if options.firmware == "uboot" else "qemu-xhci"
    devices = {"virtio": ("virtio-blk-pci,drive=disk",),
               "bridge": (f"pcie-root-port,id=bridge,addr={BRIDGE_SLOT:#x}", "virtio-blk-pci,bus=bridge,drive=disk"),
               "usb": (usb, "usb-storage,drive=disk"),
               "ahci": ("ahci,id=ahci", "ide-hd,bus=ahci.0,drive=disk"),
               "nvme": ("nvme,serial=groma,drive=disk",),
               "cdrom": ("ahci,id=ahci", "ide-cd,bus=ahci.0,drive=disk")}[options.bus]
    for device in devices:
        drive += ["-device", device + (",bootindex=0" if "drive=" in device else "")]
    return drive


def _window() -> str:
    done = subprocess.run([QEMU, "-display", "help"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    for name in ("gtk", "sdl"):
        if name in done.stdout.split():
            return name
    raise MachineError("this QEMU has no window (gtk or sdl); Debian: install qemu-system-gui")


def _display(options: Options) -> list[str]:
    if options.display == "none":
        return ["-display", "none", "-vga", "none"]
    return ["-display", "none" if options.display == "vga" else _window(), "-device", "VGA"]


def _serial(options: Options, place: Place) -> list[str]:
    if options.serial == "file":
        return ["-chardev", f"file,id=serial0,path={_value(place.serial)}", "-serial", "chardev:serial0"]
    log = f",logfile={_value(place.serial)}" if options.serial == "both" else ""
    return ["-chardev", f"stdio,id=serial0,mux=on,signal=off{log}", "-serial", "chardev:serial0",
            "-mon", "chardev=serial0"]


def _watch(options: Options, place: Place) -> list[str]:
    """What lets a host look in: exit port, monitor, reset log, gdb, counted time."""
    out = ["-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4",
           "-qmp", f"unix:{_value(place.qmp)},server=on,wait=off"]
    if options.reset_log:
        out += ["-d", "cpu_reset", "-D", str(place.resets)]
    if options.icount is not None:
        out += ["-icount", f"shift={options.icount},sleep=off"]
    if options.gdb:
        out += ["-gdb", f"unix:{_value(place.gdb)},server=on,wait=off", "-S"]
    return out


def command_line(options: Options, place: Place, disk: Path) -> list[str]:
    """QEMU's arguments for this machine with this disk image; fills `place` with what it needs."""
    options = options.check()
    if shutil.which(QEMU) is None:
        raise MachineError(f"{QEMU} not found; tools/deps.sh run installs it")
    return [QEMU, "-nodefaults", "-no-user-config", "-no-reboot", *_board(options, place),
            *_firmware(options, place), *_disk(options, disk), *_display(options),
            *_serial(options, place), *_watch(options, place), *options.extra]


def add_arguments(parser) -> None:
    """The machine's options as command-line arguments; `from_arguments` reads them back."""
    default = Options()
    parser.add_argument("--firmware", default=default.firmware, help="ovmf or uboot (default %(default)s)")
    parser.add_argument("--mem", default=default.mem, help="memory: 512M, 5G, 900G (default %(default)s)")
    parser.add_argument("--cpu", default=default.cpu, help="max, qemu64, ... (default %(default)s)")
    parser.add_argument("--smp", type=int, default=default.smp, help="CPUs (default %(default)s)")
    parser.add_argument("--accel", default=default.accel, help="tcg or kvm (default %(default)s)")
    parser.add_argument("--bus", default=default.bus,
                        help="usb, virtio, ahci, nvme, cdrom or bridge: virtio behind one (default %(default)s)")
    parser.add_argument("--icount", type=int, metavar="SHIFT", help="count instructions as time")
    parser.add_argument("--watch", action="store_true", help="guest memory in a file that memwatch can map")
    parser.add_argument("--qemu", action="append", default=[], metavar="ARG",
                        help="one more argument for QEMU, as --qemu=-device --qemu=virtio-rng-pci")


def from_arguments(args, **more) -> Options:
    names = {field.name for field in dataclasses.fields(Options)}
    values = {name: value for name, value in vars(args).items() if name in names}
    return Options(extra=tuple(args.qemu), **{**values, **more})
