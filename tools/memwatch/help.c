/* SPDX-License-Identifier: MIT */
/* The one text behind --help, the manual page and the completion (tools/command makes them of it). */

#include "command.h"

static const struct command commands[] = {
    {"ps", "", "processes that can be named",
     "Lists processes: number, name, command line.", 0, 0, OPTION_JSON, command_ps},
    {"maps", "TARGET", "a target's regions",
     "Lists what would be watched: address, size, rights, name. Of a process the regions that it "
     "can write; --all adds the others.",
     1, 1, OPTION_JSON | OPTION_ALL | OPTION_SYMBOLS | OPTION_SPLIT | OPTION_PROC_MEM,
     command_maps},
    {"scan", "TARGET PATTERN|CONDITION...", "find bytes or values",
     "Without --type finds every place of a byte pattern: hex digits, ? for half a byte, ?? or ? "
     "for a byte, text in double quotes: '4D 5A ?? 00', '\"PK\" 03'. With --type string finds the "
     "text as it stands. With another type each CONDITION is a round that narrows the one before, "
     "--interval apart: =N !=N <N >N A..B any changed unchanged increased decreased +N -N. Values "
     "lie at multiples of their width unless --unaligned. Exit status 1 where nothing is found.",
     2, COMMAND_MOST_WORDS,
     OPTION_TARGET | OPTION_JSON | OPTION_TYPE | OPTION_INTERVAL | OPTION_LIMIT | OPTION_UNALIGNED,
     command_scan},
    {"watch", "TARGET", "what changes while one looks",
     "Takes a snapshot, then every --interval prints what changed since the round before: address, "
     "length, old and new bytes, whose memory it is; where nothing changes, a line every 5 seconds "
     "says so. In a terminal a live view: for all of it and for each region that changed a strip "
     "from its first byte to its last, the darker the oftener, the rate now, and the bytes so far. "
     "At the end a summary, with the processor time that the target used: who uses none waits or "
     "has halted. Regions that appear later are not watched. Ends after --count rounds or at "
     "Ctrl-C; status 2 where the target ends before.",
     1, 1,
     OPTION_TARGET | OPTION_FILTER | OPTION_JSON | OPTION_INTERVAL | OPTION_COUNT | OPTION_LIMIT |
         OPTION_HASHES,
     command_watch},
    {"diff", "A B", "what differs between two targets",
     "Compares what both have at the same addresses. Runs are maximal. What only one has counts as "
     "a change. The JSON is {\"changes\":[{\"address\":\"0x...\",\"length\":N}...],"
     "\"compared_bytes\":N}, with unreadable_bytes and unmatched_bytes where they are not 0; "
     "--details adds old, new and where to each change.",
     2, 2,
     (OPTION_TARGET & ~(OPTION_RANGE | OPTION_REGION)) | OPTION_FILTER | OPTION_JSON |
         OPTION_LIMIT | OPTION_DETAILS,
     command_diff},
    {"snapshot", "TARGET", "memory to a file",
     "Writes what can be read to --output FILE, as an ELF core that diff, gdb and readelf understand. "
     "Zeros take no room in it.",
     1, 1, OPTION_TARGET | OPTION_OUTPUT, command_snapshot},
};

static const struct option_text options[] = {
    {OPTION_JSON, 0, "json", NULL, "print JSON; watch: one object a round, one a line", NULL},
    {OPTION_OUTPUT, 'o', "output", "FILE", "write there, in one step", NULL},
    {OPTION_ALL, 'a', "all", NULL, "regions that a process cannot write, too", NULL},
    {OPTION_RANGE, 0, "range", "A-B",
     "only the bytes from A up to B, not B itself: 0x1000-0x2000, 4K-8K; may be given many times, in order", NULL},
    {OPTION_REGION, 0, "region", "TEXT", "only regions whose name has this in it", NULL},
    {OPTION_IGNORE, 0, "ignore", "A-B",
     "tell nothing of the bytes from A up to B; may be given many times, in order", NULL},
    {OPTION_LEAST, 0, "least", "N", "tell only of runs of N bytes and more", NULL},
    {OPTION_TYPE, 't', "type", "TYPE",
     "values of this type (string: scan alone):",
     "u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 string"},
    {OPTION_IF, 0, "if", "CONDITION",
     "tell only of runs that touch a value of --type which meets this (see scan)", NULL},
    {OPTION_INTERVAL, 'i', "interval", "SECONDS", "between rounds (1; 0.1 is possible)", NULL},
    {OPTION_COUNT, 'n', "count", "N", "end after N rounds", NULL},
    {OPTION_LIMIT, 0, "limit", "N", "print at most N lines, or addresses of a scan (1000)", NULL},
    {OPTION_HASHES, 0, "hashes", NULL,
     "keep a hash of each page, not a copy: only changed pages are known then", NULL},
    {OPTION_DETAILS, 0, "details", NULL, "with --json: old, new and where of each change", NULL},
    {OPTION_UNALIGNED, 'u', "unaligned", NULL, "values at every address", NULL},
    {OPTION_SYMBOLS, 's', "symbols", "FILE", "names of the guest's kernel, from its ELF file", NULL},
    {OPTION_SPLIT, 0, "split", "SIZE",
     "guest memory beyond this lies above 4 GiB (as QEMU's pc and q35 have it)", NULL},
    {OPTION_PROC_MEM, 0, "proc-mem", NULL,
     "read a process by /proc/PID/mem, not by process_vm_readv", NULL},
};

static const char about[] =
    "Sees which bytes of a memory change, finds patterns and values in it; never writes there. "
    "TARGET is: guest:PID or guest:FILE, the physical memory of a QEMU whose RAM is a shared file "
    "(make run WATCH=1; guest: alone means the only one there is). The boot info that Groma left "
    "in it gives its regions, to be chosen by --region, and names its addresses, together with "
    "--symbols. "
    "Or "
    "pid:N or N, a process; the name of a file: an ELF core (of QEMU's dump-guest-memory, gcore or "
    "memwatch snapshot), a capture, or raw bytes; the name of a process.";

static const char status_text[] =
    "0 the same, or a scan found something; 1 something changed, or a scan found nothing; 2 it "
    "cannot be done (usage, no permission, a process that has ended): one line on stderr.";

static const struct section sections[] = {
    {"OUTPUT",
     "A change is one line: address, length in bytes, the first 8 old bytes and what they are now, where "
     "it is: the kernel's section, symbol and offset, else the region's kind and the descriptor or claim "
     "of the memory map behind it, else the region's name and offset. A length with .. behind the bytes "
     "is longer than what is shown. JSON of watch, one object a round: round, seconds since the round "
     "before, changes (address, length, old, new, where), compared_bytes, unreadable_bytes; of scan: "
     "matches, count, unreadable_bytes. Addresses are strings in hexadecimal."},
    {"PERMISSIONS",
     "A process can be read by its owner where the system lets him trace it "
     "(/proc/sys/kernel/yama/ptrace_scope is 0, or it is his child), else by root. A guest's memory can "
     "be read by who may read its file. Memory that a guest has not written yet is not made by a look."},
    {"EXAMPLES",
     "memwatch watch 1234 --region heap: what a process does to its heap, until Ctrl-C.\n\n"
     "memwatch scan 1234 -t i32 -i 5 =100 -5 =95: a number that is 100 now, 5 less in 5 seconds, and 95 "
     "then.\n\n"
     "memwatch snapshot 1234 -o before.core, and later memwatch diff before.core 1234: what has changed "
     "between.\n\n"
     "make run WATCH=1, and in another terminal memwatch watch guest: --symbols build/kernel/kernel.elf "
     "--region kernel: who writes to the kernel's own memory.\n\n"
     "memwatch diff before.dump after.dump --type u32 --if increased: of two dumps of QEMU "
     "(dump-guest-memory) only what counts upwards."},
    {NULL, NULL},
};

const struct program program = {
    .name = "memwatch",
    .purpose = "see memory change",
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
