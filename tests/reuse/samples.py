# SPDX-License-Identifier: MIT
"""A small pair of logs that agree, and ways to spoil them: what compare.py proves itself on.

  page   0    1    4       8          b      e      10        14
  ours   |res.|-- usable --|- runtime |-acpi-|fw tab|- kernel -|
  efi    |- loader |usable |- runtime |--- acpi ----|-- boot --|
  e820   |res.|-- usable --|-reserved |--- acpi ----|- usable -|
"""
OURS = """\
memory map as handed over: first byte, end, size, kind, attributes, origin
  0000000000000000 0000000000001000     4096 B  reserved            uctb----------  entry 0
  0000000000001000 0000000000008000     28 KiB  usable              uctb----------  entry 0
  0000000000008000 000000000000b000     12 KiB  runtime-data        uctb---------r  entry 1
  000000000000b000 000000000000e000     12 KiB  acpi-reclaimable    uctb----------  entry 2
  000000000000e000 0000000000010000     8192 B  firmware-table      uctb----------  claim DSDT+
  0000000000010000 0000000000014000     16 KiB  kernel              uctb----------  claim kernel text+
groma: totals output=81920 stated=81920 claimed=0 grown=0 lost=0 clipped=0 dropped=0 balance=0
groma: map regions=6 entries=4 claims=2 stride=48 version=1 renormalized=same
groma: done status=ok
"""

THEIRS = """\
groma: reuse magic=0x36d76289 info=0x3000 physical_bits=40
groma: source map=efi status=ok
groma: region map=efi first_pfn=0x0 end_pfn=0x4 kind=loader-reclaimable attributes=0xf entry=0
groma: region map=efi first_pfn=0x4 end_pfn=0x8 kind=usable attributes=0xf entry=1
groma: region map=efi first_pfn=0x8 end_pfn=0xb kind=runtime-data attributes=0x800000000000000f entry=2
groma: region map=efi first_pfn=0xb end_pfn=0x10 kind=acpi-reclaimable attributes=0xf entry=3
groma: region map=efi first_pfn=0x10 end_pfn=0x14 kind=boot-reclaimable attributes=0xf entry=4
groma: report map=efi entries=5 claims=0 regions=5
groma: accounts map=efi output=20+0 stated=20+0 claimed=0+0 grown=0+0 lost=0+0 clipped=0+0 dropped=0+0 balances=yes
groma: source map=e820 status=ok
groma: region map=e820 first_pfn=0x0 end_pfn=0x1 kind=reserved attributes=0x8 entry=0
groma: region map=e820 first_pfn=0x1 end_pfn=0x8 kind=usable attributes=0x8 entry=0
groma: region map=e820 first_pfn=0x8 end_pfn=0xb kind=reserved attributes=0x0 entry=1
groma: region map=e820 first_pfn=0xb end_pfn=0x10 kind=acpi-reclaimable attributes=0x8 entry=2
groma: region map=e820 first_pfn=0x10 end_pfn=0x14 kind=usable attributes=0x8 entry=3
groma: report map=e820 entries=4 claims=0 regions=5
groma: accounts map=e820 output=20+0 stated=20+0 claimed=0+0 grown=0+0 lost=0+0 clipped=0+0 dropped=0+0 balances=yes
groma: done status=ok
"""

EFI_NVS = "first_pfn=0xb end_pfn=0x10 kind=acpi-reclaimable attributes=0xf"
# Name, the check that must fail, whose log, what is there once, what stands there instead.
SPOILT = (
    ("not started by multiboot2", "read", "theirs", "magic=0x36d76289", "magic=0x2badb002"),
    ("not done", "read", "theirs", "groma: done status=ok", "groma: done status=failed"),
    ("a region line is lost", "read", "theirs", f"groma: region map=efi {EFI_NVS} entry=3\n", ""),
    ("the engine finds no balance", "read", "theirs",
     "map=e820 output=20+0 stated=20+0 claimed=0+0 grown=0+0 lost=0+0 clipped=0+0 dropped=0+0 balances=yes",
     "map=e820 output=20+0 stated=20+0 claimed=0+0 grown=0+0 lost=0+0 clipped=0+0 dropped=0+0 balances=no"),
    ("a line of ours is lost", "read", "ours", "regions=6", "regions=7"),
    ("overlap", "efi-normal", "theirs", "map=efi first_pfn=0x4 end_pfn=0x8", "map=efi first_pfn=0x3 end_pfn=0x8"),
    ("equal neighbours", "e820-normal", "theirs", "map=e820 first_pfn=0x0 end_pfn=0x1 kind=reserved",
     "map=e820 first_pfn=0x0 end_pfn=0x1 kind=usable"),
    ("a page too few", "efi-balance", "theirs", "first_pfn=0x10 end_pfn=0x14 kind=boot-reclaimable",
     "first_pfn=0x10 end_pfn=0x13 kind=boot-reclaimable"),
    ("a term that does not close", "e820-balance", "theirs", "map=e820 output=20+0 stated=20+0 claimed=0+0",
     "map=e820 output=20+0 stated=20+0 claimed=0+1"),
    ("a hidden loss of ours", "ours-balance", "ours", "grown=0 lost=0", "grown=0 lost=4096"),
    ("less stated", "efi-stated", "theirs", "map=efi output=20+0 stated=20+0 claimed=0+0",
     "map=efi output=20+0 stated=19+0 claimed=1+0"),
    ("another kind", "efi-same", "theirs", EFI_NVS, EFI_NVS.replace("acpi-reclaimable", "acpi-nvs")),
    ("a kind of ours lost to a claim", "efi-same", "ours",
     "runtime-data        uctb---------r", "page-tables         uctb---------r"),
    ("a bound off by a page", "efi-same", "ours", "000000000000b000     12 KiB  runtime-data  ",
     "000000000000a000     12 KiB  runtime-data  "),
    ("other attributes", "efi-same", "theirs", "attributes=0x800000000000000f", "attributes=0xf"),
    ("a hole where firmware lies", "e820-same", "theirs", "first_pfn=0x8 end_pfn=0xb kind=reserved",
     "first_pfn=0x8 end_pfn=0xa kind=reserved"),
    ("runtime memory that is given away", "e820-same", "theirs", "first_pfn=0x8 end_pfn=0xb kind=reserved",
     "first_pfn=0x8 end_pfn=0xb kind=usable"),
    ("ACPI memory claimed as ours", "efi-same", "ours", "firmware-table      uctb", "module              uctb"),
    ("page 1 reserved", "efi-same", "ours",
     "0000000000001000     4096 B  reserved", "0000000000002000     4096 B  reserved"),
    ("page 0 runtime", "efi-same", "ours", "4096 B  reserved    ", "4096 B  runtime-code"),
)
