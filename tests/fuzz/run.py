#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fuzzing: replays the kept inputs of each target with gcc's sanitizers, then fuzzes it for some seconds.

Prints `ok NAME seconds` or `FAIL NAME detail`. The seed is fixed (another with --seed); what is found
still depends on how far the seconds reach. An input that fails stays in build/fuzz/.

  run.py                            every target, 3 seconds
  run.py --seconds 60 memmap_edit   one of them for a minute
  run.py --keep --seconds 300       for developers: look for longer, and renew the kept corpora
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
from dataclasses import dataclass
from pathlib import Path

import seeds

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).resolve().parent / "corpus"
SLACK_S = 120                   # beyond the seconds asked for: loading the corpus, a slow machine
MOST_FILES, MOST_BYTES = 300, 200_000
DETAIL_LINES = 20


@dataclass(frozen=True)
class Target:
    """tests/fuzz/fuzz_NAME.c; its corpus is corpus/NAME/."""
    name: str
    longest_bytes: int


# One line a target; fuzz.mk says what each is linked with.
TARGETS = (
    Target("memmap_normalize", 2048),
    Target("memmap_edit", 512),
    Target("watch_pattern", 512),
    Target("watch_maps", 512),
    Target("pool", 512),
    Target("elf", 2048),
    Target("config", 4096),
    Target("path", 300),
    Target("devpath", 512),
    Target("bootinfo", 2048),
    Target("loader", 16384),
)


@dataclass(frozen=True)
class Settings:
    build: Path
    seconds: int
    seed: int

    def program(self, target: Target) -> Path:
        return self.build / "fuzz" / target.name

    def replayer(self, target: Target) -> Path:
        return self.build / "fuzz" / "replay" / target.name

    def prefix(self, target: Target) -> str:
        """What libFuzzer's names of failed inputs (crash-..., timeout-...) begin with."""
        return f"{self.build / 'fuzz' / target.name}-"


class Failed(Exception):
    pass


def tail(text: str) -> str:
    return "".join(f"\n  | {line}" for line in text.splitlines()[-DETAIL_LINES:])


def run(command: list[str], timeout_s: float) -> tuple[int, str]:
    """Exit status and output; a program that does not end has failed."""
    environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout_s, env=environment, check=False)
    except OSError as error:
        raise Failed(f"cannot start {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as late:
        raise Failed(f"not done after {timeout_s:.0f} s{tail((late.stdout or b'').decode('utf-8', 'replace'))}") from late
    return done.returncode, done.stdout.decode("utf-8", "replace")


def shown(path: Path | str) -> str:
    """Relative to the tree where it lies inside."""
    return os.path.relpath(path, ROOT) if str(path).startswith(str(ROOT)) else str(path)


# ---- one target ------------------------------------------------------------------------------

def one_by_one(settings: Settings, target: Target, files: list[Path]) -> str:
    """Which input fails, and how to run it again."""
    for file in files:
        status, output = run([str(settings.replayer(target)), str(file)], SLACK_S)
        if status != 0:
            again = f"{shown(settings.replayer(target))} {shown(file)}"
            return f"exit status {status}; again with: {again}{tail(output)}"
    return "fails on the whole corpus and on no input alone"


def replay(settings: Settings, target: Target) -> str:
    folder = CORPUS / target.name
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    if not files:
        raise Failed(f"no inputs in {shown(folder)}")
    status, output = run([str(settings.replayer(target)), str(folder)], SLACK_S)
    if status != 0:
        raise Failed(one_by_one(settings, target, files))
    if f"replayed {len(files)} inputs" not in output.splitlines():
        raise Failed(f"did not replay {len(files)} inputs{tail(output)}")
    return f"inputs={len(files)}"


def libfuzzer(settings: Settings, target: Target, *folders: Path) -> str:
    """Fuzzes; new inputs go into the first folder."""
    command = [str(settings.program(target)), f"-seed={settings.seed}", f"-max_total_time={settings.seconds}",
               f"-max_len={target.longest_bytes}", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
               f"-artifact_prefix={settings.prefix(target)}", *map(str, folders)]
    status, output = run(command, settings.seconds + SLACK_S)
    if status != 0:
        found = re.search(r"Test unit written to (\S+)", output)
        again = f"; again with: {shown(settings.replayer(target))} {shown(found[1])}" if found else ""
        told = "\n".join(line for line in output.splitlines() if "not true" in line or "ERROR" in line
                         or "runtime error" in line)
        raise Failed(f"exit status {status}{again}{tail(told or output)}")
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    if not runs or int(runs[1]) == 0:
        raise Failed(f"ran nothing{tail(output)}")
    return f"runs={runs[1]}"


def fuzz(settings: Settings, target: Target) -> str:
    with tempfile.TemporaryDirectory(prefix="groma-fuzz-") as found:
        return libfuzzer(settings, target, Path(found), CORPUS / target.name)


# ---- keeping a corpus ----------------------------------------------------------------------------

def keep(settings: Settings, target: Target) -> str:
    """Looks for new inputs, then replaces the corpus by the fewest that reach as much (-set_cover_merge=1)."""
    kept = CORPUS / target.name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="groma-fuzz-") as name:
        found, merged = Path(name, "found"), Path(name, "merged")
        for folder in (found, merged):
            folder.mkdir()
        seeds.write(target.name, found)
        libfuzzer(settings, target, found, kept)
        status, output = run([str(settings.program(target)), "-set_cover_merge=1", f"-max_len={target.longest_bytes}",
                              str(merged), str(kept), str(found)], 600)
        if status != 0:
            raise Failed(f"merge: exit status {status}{tail(output)}")
        chosen = sorted(merged.iterdir(), key=lambda file: (file.stat().st_size, file.name))
        if len(chosen) > MOST_FILES:        # thinned out evenly: small ones and large ones stay
            chosen = [chosen[i * len(chosen) // MOST_FILES] for i in range(MOST_FILES)]
        size_bytes = sum(file.stat().st_size for file in chosen)
        while size_bytes > MOST_BYTES:
            size_bytes -= chosen.pop().stat().st_size
        for file in kept.iterdir():
            file.unlink()
        for file in chosen:
            shutil.copyfile(file, kept / file.name)
    return f"kept={len(chosen)} bytes={size_bytes}"


# ---- the program -----------------------------------------------------------------------------------

def report(settings: Settings, target: Target, what: str, action) -> bool:
    started = time.monotonic()
    name = f"{target.name}.{what}"
    try:
        facts = action(settings, target)
    except Failed as failed:
        print(f"FAIL {name} {failed}", flush=True)
        return False
    print(f"ok {name} {time.monotonic() - started:.2f}")
    print(f"fuzz: target={target.name} part={what} seed={settings.seed} {facts}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="these only")
    parser.add_argument("--seconds", type=int, default=3, help="of fuzzing, each target (3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--keep", action="store_true", help="fuzz, then renew the kept corpora")
    options = parser.parse_args()
    unknown = set(options.targets) - {target.name for target in TARGETS}
    if unknown:
        parser.error(f"no target {' '.join(sorted(unknown))}; there are {' '.join(t.name for t in TARGETS)}")
    settings = Settings(options.build.resolve(), options.seconds, options.seed)
    parts = (("keep", keep),) if options.keep else (("replay", replay), ("fuzz", fuzz))
    results = [report(settings, target, what, action)
               for target in TARGETS if not options.targets or target.name in options.targets
               for what, action in parts]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
