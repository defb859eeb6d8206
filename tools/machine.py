#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boots a stick in a virtual machine: in the terminal, in a bounded run, or for a picture or gdb.

`class Machine` is one bounded run, for tests too: start, wait for a line, look, stop, judge. What QEMU
is told stands in qemu.py. A run that must end by itself adds `exit=qemu` to the command line in its own
copy of the stick; the kernel then ends QEMU with a status, and this program believes it only together
with the line `groma: done status=ok`.
"""
from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import image  # noqa: E402
import qmp as monitor  # noqa: E402
from qemu import (STATUS_FAILED, STATUS_OK, MachineError, Options, Place,  # noqa: E402
                  add_arguments, command_line, from_arguments)

POLL_S = 0.02
STOP_S = 5.0
QEMU_REFUSED = 1                # QEMU's own status for options that it does not take
EXIT_OVERRIDE = "cmdline+=exit=qemu"
NO_WAIT = "timeout=0"           # nobody reads the screen of a bounded run
DONE_OK = re.compile(r"^groma: done status=ok$", re.M)
DONE = re.compile(r"^groma: done status=\w+$", re.M)
# Nothing more will come: the firmware's own prompts, or a line after which loader or kernel halt.
DEAD_END = re.compile(r"^(=> ?$|Shell> |>>Start PXE|BdsDxe: No bootable|.*Press any key to continue"
                      r"|E-(?:HAND-01|EXIT|BI|MAP-0[234])\b[^\n]*\n|E-HAND-02 [\s\S]*?^  cs [^\n]*\n)", re.M)
HALTED = re.compile(r"E-(?:HAND|EXIT|BI|MAP)-\d+")     # of those: after such a line the machine stands still
FAILED = re.compile(r"^E-[A-Z]+-\d+ .*$", re.M)
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[78=>c])|[\r\b\0]")


def clean(raw: bytes) -> str:
    """Serial output as lines: without colours, cursor moves and carriage returns."""
    return ESCAPES.sub("", raw.decode("utf-8", "replace"))


@dataclass
class Outcome:
    """How a run ended. `status` is QEMU's exit status, None when it was still running and was stopped."""

    status: int | None
    seconds: float
    text: str
    triple_faults: int
    error: str

    def verdict(self) -> str:
        """`ok`, or one phrase that says what went wrong."""
        if self.triple_faults:
            return "triple fault"
        if self.status is None:
            return f"still running after {self.seconds:.0f} s"
        if self.status == STATUS_OK:
            return "ok" if DONE_OK.search(self.text) else "exit status ok, but no line groma: done status=ok"
        if self.status == STATUS_FAILED:
            return "the kernel reported failure"
        if self.status == 0:
            return "the machine was reset or switched off"
        if self.status & 1 and self.status > 1:
            return f"a program wrote {self.status >> 1:#x} to the exit port"
        return f"QEMU ended with {self.status}: {self.error or 'no message'}"


class Machine:
    """One bounded run: `with Machine(options, disk) as machine: machine.wait(pattern, seconds)`.

    `disk` is an image, or a directory that becomes one in the run's temporary directory. `echo` gets
    each serial line when it is complete. Leaving the `with` stops QEMU and removes all files.
    `live` holds the machines that run in this program, for who must end them from outside.
    """

    live: set[Machine] = set()

    def __init__(self, options: Options, disk: Path, echo=None) -> None:
        self._options = options
        self._disk = disk
        self._echo = echo
        self._echoed = 0
        self._raw = b""
        self.text = ""
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Machine:
        self._temporary = tempfile.TemporaryDirectory(prefix="groma-")
        self.place = Place(Path(self._temporary.name))
        try:
            disk = self._disk
            if disk.is_dir():
                disk = image.make_image(self.place.folder / "disk.img", disk)
            elif not disk.is_file():
                raise MachineError(f"{disk}: no such image or directory")
            self._start(command_line(self._options, self.place, disk))
        except BaseException:
            self._temporary.cleanup()
            raise
        Machine.live.add(self)
        return self

    def __exit__(self, *_) -> None:
        Machine.live.discard(self)
        self.stop()
        self._temporary.cleanup()

    def _start(self, command: list[str]) -> None:
        with open(self.place.errors, "wb") as errors:
            self._started = time.monotonic()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)

    def _read(self) -> None:
        try:
            with open(self.place.serial, "rb") as file:
                file.seek(len(self._raw))
                fresh = file.read()
        except FileNotFoundError:
            return
        if not fresh:
            return
        self._raw += fresh
        self.text = clean(self._raw)
        self._show(self.text.rfind("\n") + 1)

    def _show(self, end: int) -> None:
        if self._echo and end > self._echoed:
            self._echo.write(self.text[self._echoed:end])
            self._echo.flush()
            self._echoed = end

    def wait(self, pattern: re.Pattern | None, seconds: float) -> re.Match | None:
        """Waits until `pattern` stands in the output; None when QEMU ended or the time is over first."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None     # asked first: the last bytes are then in the file
            self._read()
            match = pattern.search(self.text) if pattern else None
            if match or ended or time.monotonic() >= deadline:
                return match
            time.sleep(POLL_S)

    def running(self) -> bool:
        return self.process.poll() is None

    def monitor(self) -> monitor.Qmp:
        return monitor.Qmp(self.place.qmp)

    def screendump(self, out: Path) -> None:
        with self.monitor() as link:
            monitor.screendump(link, out)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def outcome(self) -> Outcome:
        """Stops the machine if it still runs, and says how the run went."""
        status = self.process.poll()
        seconds = time.monotonic() - self._started
        self.stop()
        self._read()
        self._show(len(self.text))
        errors = self.place.errors.read_text("utf-8", "replace").strip().splitlines()
        return Outcome(status, seconds, self.text, triple_faults(self.place.resets), (errors or [""])[-1])


def triple_faults(log: Path) -> int:
    """Triple faults in a `-d cpu_reset` log.

    Resets themselves are no sign: each CPU starts with two, and OVMF sends INIT to the others several
    times. A triple fault has a line of its own before the reset that -no-reboot then turns into an end.
    """
    try:
        return sum(line.startswith(b"Triple fault") for line in log.read_bytes().splitlines())
    except FileNotFoundError:
        return 0


def is_iso(disk: Path | None) -> bool:
    """ISO 9660's first volume descriptor; a file that is not there is somebody else's matter."""
    if disk is None or not disk.is_file():
        return disk is not None
    with open(disk, "rb") as file:
        file.seek(0x8001)
        return file.read(5) == b"CD001"


def staged(args, place: str, *overrides: str) -> Path:
    """The disk of a run: a copy of the stick or of the image, with the config overrides."""
    changes = [*args.set, *overrides]
    if args.bus == "cdrom" and not is_iso(args.image):
        raise MachineError("--bus cdrom needs an ISO: make iso, then --image build/groma.iso")
    if args.image:
        return image.copy_image(args.image, Path(place) / "copy.img", changes) if changes else args.image
    return image.stage(args.esp, Path(place) / "esp", changes)


def bounded_overrides(args) -> list[str]:
    return [EXIT_OVERRIDE, *([] if any(word.startswith("timeout") for word in args.set) else [NO_WAIT])]


def kept_disk(args) -> Path:
    """The stick of --keep: made at the first run, later changed by --set alone."""
    disk = args.keep / "stick.img"
    if not disk.exists():
        with tempfile.TemporaryDirectory(prefix="groma-") as place:
            stick = image.stage(args.esp, Path(place) / "esp", [*args.set, *bounded_overrides(args)])
            args.keep.mkdir(parents=True, exist_ok=True)
            image.make_image(disk, stick)
    elif args.set:
        image.copy_image(disk, args.keep / "stick.part", args.set).replace(disk)
    return disk


def bounded_machine(args, options: Options, place: str) -> Machine:
    if not args.keep:
        return Machine(options, staged(args, place, *bounded_overrides(args)), echo=sys.stdout)
    import kept     # here: it is built on this module
    return kept.KeptMachine(options, kept_disk(args), args.keep / "vars.fd", echo=sys.stdout)


def watch_hint(pid: int) -> str:
    return (f"machine: in another terminal, in this folder: build/memwatch watch guest:{pid} --symbols build/kernel/kernel.elf\n"
            "machine: it shows what firmware, loader and kernel write; after `groma: done` the kernel halts, and nothing changes")


def run_bounded(args) -> int:
    """Boots, prints the serial output, and ends by itself: 0 only if the kernel reported success."""
    options = from_arguments(args, display="window" if args.window else args.display)
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        with bounded_machine(args, options, place) as machine:
            if options.watch:
                print(watch_hint(machine.process.pid), file=sys.stderr)
            dead_end = machine.wait(DEAD_END, args.timeout)
            outcome = machine.outcome()
    halted = dead_end and HALTED.match(dead_end[0])
    verdict = f"halted after {halted[0]}" if halted else \
        "back at the firmware's prompt" if dead_end else outcome.verdict()
    if verdict == "ok":
        return 0
    if outcome.text and not outcome.text.endswith("\n"):
        print(flush=True)
    errors = FAILED.findall(outcome.text)
    print("\n".join([f"machine: {verdict}", *errors[-1:]]), file=sys.stderr)
    return 2 if outcome.status == QEMU_REFUSED else 1


def run_in_terminal(args) -> int:
    """Boots with the serial port in this terminal; ends when the user quits or the machine resets."""
    options = from_arguments(args, serial="stdio", display="window" if args.window else args.display)
    with tempfile.TemporaryDirectory(prefix="groma-") as folder:
        place = Place(Path(folder))
        disk = staged(args, folder)
        if disk.is_dir():
            disk = image.make_image(Path(folder) / "disk.img", disk)
        print("machine: Ctrl-A X quits, Ctrl-A C is QEMU's monitor", file=sys.stderr)
        with subprocess.Popen(command_line(options, place, disk)) as process:
            if options.watch:
                print(watch_hint(process.pid), file=sys.stderr)
            try:
                status = process.wait()
            except BaseException:       # whoever ends this program ends the machine
                process.kill()
                raise
        faults = triple_faults(place.resets)
    if faults:
        print("machine: triple fault", file=sys.stderr)
    return 1 if faults or status not in (0, STATUS_OK) else 0


def screenshot(args) -> int:
    """Boots with a display, waits for --wait, and writes the screen to a file."""
    options = from_arguments(args, display="vga")
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        with Machine(options, staged(args, place)) as machine:
            if not machine.wait(re.compile(args.wait, re.M), args.timeout):
                tail = "\n".join(machine.text.splitlines()[-5:])
                print(f"machine: no line {args.wait!r}: {machine.outcome().verdict()}\n{tail}", file=sys.stderr)
                return 1
            machine.screendump(args.out)
    return 0


def debug_session(args) -> int:
    import debug    # here: the other commands do not need it
    return debug.session(from_arguments(args), args)


def parse(argv: list[str]):
    parser = argparse.ArgumentParser(prog="machine.py", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    add_arguments(common)
    common.add_argument("--esp", type=Path, default=Path("esp"), help="the stick's directory (default esp)")
    common.add_argument("--image", type=Path, help="boot a copy of this image instead")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="override a line of groma.conf in the run's copy; KEY+=VALUE appends")
    common.add_argument("--timeout", type=float, default=120, metavar="S", help="limit (default %(default)s)")
    run = commands.add_parser("run", parents=[common], help="boot; in a terminal Ctrl-A X quits")
    run.add_argument("--window", action="store_true", help="show the display")
    run.add_argument("--display", default="vga", help="vga or none, without --window (default %(default)s)")
    run.add_argument("--keep", type=Path, metavar="DIR", help="keep the stick (DIR/stick.img) and OVMF's variables "
                     "from run to run: for captures, drift, checkpoints; ends by itself")
    run.add_argument("--bounded", action="store_true", help="end by itself, also in a terminal")
    shot = commands.add_parser("screenshot", parents=[common], help="boot and write the screen to a PNG")
    shot.add_argument("out", type=Path, metavar="OUT.png")
    shot.add_argument("--wait", default=DONE.pattern, metavar="REGEX", help="serial line to wait for")
    gdb = commands.add_parser("debug", parents=[common], help="boot under gdb")
    gdb.add_argument("--gdb-arg", action="append", default=[], metavar="ARG", help="one more argument for gdb")
    gdb.add_argument("--build", type=Path, default=Path("build"), help="where loader/loader.so lies")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    args = parse(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # so that QEMU and its files go, too
    try:
        if args.command == "run":
            return (run_in_terminal if sys.stdin.isatty() and not (args.bounded or args.keep) else run_bounded)(args)
        return {"screenshot": screenshot, "debug": debug_session}[args.command](args)
    except (MachineError, image.ImageError, monitor.QmpError, OSError) as error:
        print(f"machine: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
