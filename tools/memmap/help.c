/* SPDX-License-Identifier: MIT */
/* The one text behind --help, the manual page and the completion (tools/command makes them of it). */

#include "command.h"

#define READING OPTION_READING

static const struct command commands[] = {
    {"show", "FILE", "the map as a table and a strip",
     "Prints a strip of the address space in one line, then each region: its bytes (half-open), "
     "size, kind, the entry that decides (+ others contribute, ! an entry of another kind lost) "
     "and attributes; then the total of each kind and what had to be mended. Colours appear on a "
     "terminal unless NO_COLOR is set; in one of less than 80 columns a region has two lines, without "
     "attributes.",
     1, 1, READING | OPTION_OUTPUT, command_show},
    {"normalize", "FILE", "the engine's result, for programs",
     "One line a region: 0xFIRST-0xEND KIND PAGES ATTRIBUTES ORIGINS. The end is one past the last "
     "byte; 2^64 is 0x10000000000000000. ATTRIBUTES and ORIGINS are separated by commas; ORIGINS "
     "are the indexes of the entries that cover a page of the region, and names of reservations. "
     "Lines that begin with # are the report.",
     1, 1, READING | OPTION_JSON | OPTION_OUTPUT, command_normalize},
    {"check", "FILE", "what is wrong or odd with the map",
     "Prints each finding with the indexes of its entries and what a loader should do about it. "
     "Lines marked note are worth knowing, and no findings. Exit status 1 where there are "
     "findings.",
     1, 1, READING | OPTION_JSON | OPTION_OUTPUT, command_check},
    {"explain", "FILE ADDRESS", "why a byte is what it is",
     "Names every entry and reservation that says something about the page, and the rule that "
     "decided. ADDRESS is hex with 0x, or decimal with or without K, M, G, T.",
     2, 2, READING, command_explain},
    {"diff", "A [B]", "what changed between two maps",
     "Says what moved, appeared, vanished or changed its kind, in order of addresses. Exit status "
     "1 where the maps differ. With --digest the digest of each map stands first; one file is "
     "then enough.",
     1, 2, READING | OPTION_JSON | OPTION_DIGEST, command_diff},
    {"plot", "FILE", "a picture of the address space (SVG)",
     "Draws the whole address space with its holes compressed, then nearer views: the first "
     "megabyte to scale, up to 4 GiB, above. Every region carries its facts as a tooltip; the "
     "legend has the totals.",
     1, 1, READING | OPTION_OUTPUT, command_plot},
    {"convert", "FILE", "the same map in another form",
     "Writes the entries in the form that --to names, reads that back, and compares the two maps: "
     "exit status 1 where the new form cannot say all that the old one did.",
     1, 1, READING | OPTION_TO | OPTION_OUTPUT, command_convert},
    {"capture", "[FROM]", "this machine's own map, or one brought home",
     "Without FROM: what the running Linux knows of its map: /sys/firmware/memmap, /proc/iomem (as "
     "root) and, beside them, /sys/firmware/efi/runtime-map (as root), with the machine's name, as "
     "text that every command here reads. FROM is a stick on which the Groma loader wrote captures "
     "(its folder, its device, or an image of it): the newest of them, byte for byte; or the memory "
     "of a virtual machine that Groma booted, in which the boot info lies: guest:PID of a QEMU that "
     "shares its RAM (make run WATCH=1), or a file of it (QEMU's dump-guest-memory, pmemsave). "
     "tools/qemu-capture boots a machine just for its map.",
     0, 1, OPTION_OUTPUT | OPTION_ROOT, command_capture},
};

static const struct option_text options[] = {
    {OPTION_OUTPUT, 'o', "output", "FILE",
     "write there instead of to stdout, in one step: a file that exists is replaced or left alone", NULL},
    {OPTION_JSON, 0, "json", NULL, "print JSON", NULL},
    {OPTION_PHYS_BITS, 0, "phys-bits", "N",
     "the machine's physical address bits, 32 to 64 (default: what the file states, else 52)", NULL},
    {OPTION_RESERVE, 0, "reserve", "A-B=KIND",
     "reserve the bytes from A up to B as KIND (kernel, reserved, ...); may be given many times", NULL},
    {OPTION_MAP, 0, "map", "N",
     "read the N-th map of a file that holds several (show lists them; default: the most detailed "
     "map; of equals, the last)", NULL},
    {OPTION_TO, 0, "to", "FORMAT",
     "the form to write:",
     "linux-e820 linux-efi xen-e820 xen-efi efi-shell lsefimmap smap multiboot2 limine json capture"},
    {OPTION_ROOT, 0, "root", "FOLDER",
     "read FOLDER/sys and FOLDER/proc, a copy of another machine's, in place of this one's", NULL},
    {OPTION_DIGEST, 0, "digest", NULL, "print a digest of kinds and attributes, 32 hex digits", NULL},
};

static const char about[] =
    "Reads a firmware memory map from a file of any of these forms, told by the content: Linux "
    "boot logs (BIOS-e820 and efi: mem lines anywhere in a dmesg or journal, old and new), Xen "
    "logs, the EFI shell's memmap, GRUB's lsefimmap and lsmmap, FreeBSD's SMAP lines, Multiboot2 "
    "and Limine dumps as printed (base, length, type), coreboot's table as bytes or as printed, "
    "/proc/iomem, a folder like /sys/firmware/memmap, Groma's own log, what normalize prints (plain "
    "or JSON), a boot info block, a capture file; text may be UTF-8 or UTF-16. FILE may be - for "
    "stdin. A line that looks like an entry and cannot be read is reported with its number; one "
    "whose range can be read and whose type is unknown counts as reserved, and is reported too.";

static const char status_text[] =
    "0 fine; 1 there are findings, unreadable lines or differences; 2 it cannot be done (usage, "
    "unreadable file, no room): one line on stderr, and nothing written.";

static const struct section sections[] = {
    {"ENVIRONMENT", "NO_COLOR: set to anything, no colours. COLUMNS: the strip's width where the output "
                    "is no terminal."},
    {"FILES", "/sys/firmware/efi/runtime-map, /sys/firmware/memmap, /proc/iomem: what capture reads."},
    {NULL, NULL},
};

const struct program program = {
    .name = "memmap",
    .purpose = "see, check, compare and convert firmware memory maps",
    .about = about,
    .status = status_text,
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .sections = sections,
    .take_word = take_word,
    .take_option = take_option,
};
