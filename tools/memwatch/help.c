/* SPDX-License-Identifier: MIT */
/* The one text behind --help and the manual page (memwatch --man prints it as roff). */
#include <string.h>

#include "command.h"

const struct command commands[] = {
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
     "length, old and new bytes, whose memory it is. In a terminal a live view: per region a rate "
     "and a strip of heat. Regions that appear later are not watched. Ends after --count rounds or "
     "at Ctrl-C; status 2 where the target ends before.",
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
     "Writes what can be read as an ELF core that diff, gdb and readelf understand.",
     1, 1, OPTION_TARGET | OPTION_OUTPUT, command_snapshot},
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct option_text option_texts[] = {
    {OPTION_JSON, 0, "json", NULL, "print JSON; watch: one object a round, one a line"},
    {OPTION_OUTPUT, 'o', "output", "FILE", "write there, in one step"},
    {OPTION_ALL, 'a', "all", NULL, "regions that a process cannot write, too"},
    {OPTION_RANGE, 0, "range", "A-B",
     "only the bytes from A up to B; may be given many times, in order"},
    {OPTION_REGION, 0, "region", "TEXT", "only regions whose name has this in it"},
    {OPTION_IGNORE, 0, "ignore", "A-B",
     "tell nothing of the bytes from A up to B; may be given many times, in order"},
    {OPTION_LEAST, 0, "least", "N", "tell only of runs of N bytes and more"},
    {OPTION_TYPE, 't', "type", "TYPE",
     "u8 u16 u32 u64 i8 i16 i32 i64 f32 f64, for scan also string"},
    {OPTION_IF, 0, "if", "CONDITION",
     "tell only of runs that touch a value of --type which meets this (see scan)"},
    {OPTION_INTERVAL, 'i', "interval", "SECONDS", "between rounds (1; 0.1 is possible)"},
    {OPTION_COUNT, 'n', "count", "N", "end after N rounds"},
    {OPTION_LIMIT, 0, "limit", "N", "print at most N lines, or addresses of a scan (1000)"},
    {OPTION_HASHES, 0, "hashes", NULL,
     "keep a hash of each page, not a copy: only changed pages are known then"},
    {OPTION_DETAILS, 0, "details", NULL, "with --json: old, new and where of each change"},
    {OPTION_UNALIGNED, 'u', "unaligned", NULL, "values at every address"},
    {OPTION_SYMBOLS, 's', "symbols", "FILE", "names of the guest's kernel, from its ELF file"},
    {OPTION_SPLIT, 0, "split", "SIZE",
     "guest memory beyond this lies above 4 GiB (as QEMU's pc and q35 have it)"},
    {OPTION_PROC_MEM, 0, "proc-mem", NULL,
     "read a process by /proc/PID/mem, not by process_vm_readv"},
};
const size_t option_count = sizeof option_texts / sizeof option_texts[0];

static const char about[] =
    "Sees which bytes of a memory change, finds patterns and values in it; never writes there. "
    "TARGET is: guest:PID or guest:FILE, the physical memory of a QEMU whose RAM is a shared file "
    "(make run WATCH=1; its addresses are named from the boot info in it and from --symbols); "
    "pid:N or N, a process; the name of a file: an ELF core (of QEMU's dump-guest-memory, gcore or "
    "memwatch snapshot), a capture, or raw bytes; the name of a process.";

static const char status_text[] =
    "0 the same, or a scan found something; 1 something changed, or a scan found nothing; 2 it "
    "cannot be done (usage, no permission, a process that has ended): one line on stderr.";

static const char general_options[] = "--help\0print this, or a command's own help\0"
                                      "--man\0print the manual page (roff)\0"
                                      "--version\0print the version\0";

/* ---- for a terminal --------------------------------------------------------------------------------- */

enum { TEXT_WIDTH = 78 };

/* Words of a paragraph, broken before column TEXT_WIDTH. */
static void print_paragraph(FILE *to, const char *text, unsigned indent)
{
    unsigned column = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column == 0)
            column = (unsigned)fprintf(to, "%*s", (int)indent, "");
        else if (column + length + 1 > TEXT_WIDTH)
            column = (unsigned)fprintf(to, "\n%*s", (int)indent, "") - 1;
        else
            column += (unsigned)fprintf(to, " ");
        column += (unsigned)fprintf(to, "%.*s", (int)length, text);
        text += length;
        while (*text == ' ')
            text++;
    }
    fputc('\n', to);
}

static void print_option(FILE *to, const struct option_text *option)
{
    fputs("  ", to);
    if (option->letter != 0)
        fprintf(to, "-%c, ", option->letter);
    fprintf(to, "--%s%s%s\n", option->name, option->argument == NULL ? "" : " ",
            option->argument == NULL ? "" : option->argument);
    print_paragraph(to, option->text, 6);
}

static void print_command_help(FILE *to, const struct command *command)
{
    fprintf(to, "memwatch %s%s%s: %s\n\n", command->name, command->words[0] == '\0' ? "" : " ",
            command->words, command->summary);
    print_paragraph(to, command->text, 0);
    fputs("\noptions:\n", to);
    for (size_t i = 0; i < option_count; i++) {
        if ((command->options & option_texts[i].bit) != 0)
            print_option(to, &option_texts[i]);
    }
}

void print_help(FILE *to, const struct command *command)
{
    const char *general = general_options;

    if (command != NULL) {
        print_command_help(to, command);
        return;
    }
    fputs("memwatch: see memory change\n\n"
          "memwatch COMMAND [OPTION]... ARGUMENT...\n\n",
          to);
    for (size_t i = 0; i < command_count; i++) {
        int used = fprintf(to, "  %s %s", commands[i].name, commands[i].words);
        fprintf(to, "%*s%s\n", used < 24 ? 24 - used : 1, "", commands[i].summary);
    }
    fputs("\noptions:\n", to);
    for (size_t i = 0; i < option_count; i++)
        print_option(to, &option_texts[i]);
    for (; *general != '\0'; general += strlen(general) + 1) {
        fprintf(to, "  %s\n", general);
        general += strlen(general) + 1;
        print_paragraph(to, general, 6);
    }
    fputc('\n', to);
    print_paragraph(to, about, 0);
    fputs("\nexit status: ", to);
    fprintf(to, "%s\n", status_text);
}

/* ---- as roff ------------------------------------------------------------------------------------------ */

static void print_roff(FILE *to, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == '-')
            fputs("\\-", to);
        else
            fputc(*text, to);
    }
}

static void print_roff_option(FILE *to, const struct option_text *option)
{
    fputs(".TP\n.B ", to);
    if (option->letter != 0)
        fprintf(to, "\\-%c, ", option->letter);
    fputs("\\-\\-", to);
    print_roff(to, option->name);
    if (option->argument != NULL) {
        fputs(" \\fI", to);
        print_roff(to, option->argument);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    print_roff(to, option->text);
    fputs(".\n", to);
}

static void print_roff_command(FILE *to, const struct command *command)
{
    fprintf(to, ".SS memwatch %s %s\n", command->name, command->words);
    print_roff(to, command->text);
    fputs("\n.br\nOptions:", to);
    for (size_t i = 0; i < option_count; i++) {
        if ((command->options & option_texts[i].bit) == 0)
            continue;
        fputs(" \\-\\-", to);
        print_roff(to, option_texts[i].name);
    }
    fputs(".\n", to);
}

void print_manual(FILE *to)
{
    const char *general = general_options;

    fputs(".\\\" SPDX-License-Identifier: MIT\n.\\\" Made by memwatch --man.\n"
          ".TH MEMWATCH 1 \"\" \"Groma " MEMWATCH_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nmemwatch \\- see memory change\n"
          ".SH SYNOPSIS\n.B memwatch\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
          ".SH DESCRIPTION\n",
          to);
    print_roff(to, about);
    fputs("\n.SH COMMANDS\n", to);
    for (size_t i = 0; i < command_count; i++)
        print_roff_command(to, &commands[i]);
    fputs(".SH OPTIONS\n", to);
    for (size_t i = 0; i < option_count; i++)
        print_roff_option(to, &option_texts[i]);
    for (; *general != '\0'; general += strlen(general) + 1) {
        fputs(".TP\n.B ", to);
        print_roff(to, general);
        general += strlen(general) + 1;
        fputc('\n', to);
        print_roff(to, general);
        fputs(".\n", to);
    }
    fputs(".SH \"EXIT STATUS\"\n", to);
    print_roff(to, status_text);
    fputc('\n', to);
}
