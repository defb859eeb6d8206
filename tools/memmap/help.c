/* SPDX-License-Identifier: MIT */
/* The one text behind --help and the manual page (memmap --man prints it as roff). */
#include <string.h>

#include "command.h"

#define READING OPTION_READING

const struct command commands[] = {
    {"show", "FILE", "the map as a table and a strip",
     "Prints a strip of the address space in one line, then each region: its bytes (half-open), "
     "size, kind, the entry that decides (+ others contribute, ! an entry of another kind lost) "
     "and attributes; then the total of each kind and what had to be mended. Colours appear on a "
     "terminal unless NO_COLOR is set.",
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
    {"capture", "", "this machine's own map",
     "Takes what the running Linux knows: /sys/firmware/memmap, else /proc/iomem (as root), with "
     "the machine's name; writes it as text that every command here reads.",
     0, 0, OPTION_OUTPUT, command_capture},
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct option_text option_texts[] = {
    {OPTION_OUTPUT, 'o', "output", "FILE",
     "write there instead of to stdout, in one step: a file that exists is replaced or left alone"},
    {OPTION_JSON, 0, "json", NULL, "print JSON"},
    {OPTION_PHYS_BITS, 0, "phys-bits", "N",
     "the machine's physical address bits, 32 to 64 (default: what the file states, else 52)"},
    {OPTION_RESERVE, 0, "reserve", "A-B=KIND",
     "reserve the bytes from A up to B as KIND (kernel, reserved, ...); may be given many times"},
    {OPTION_MAP, 0, "map", "N",
     "read the N-th map of a file that holds several (show lists them; default: the most detailed "
     "map; of equals, the last)"},
    {OPTION_TO, 0, "to", "FORMAT",
     "linux-e820, linux-efi, xen-e820, xen-efi, efi-shell, lsefimmap, smap, multiboot2, limine, "
     "json or capture"},
    {OPTION_DIGEST, 0, "digest", NULL, "print a digest of kinds and attributes, 32 hex digits"},
};
const size_t option_count = sizeof option_texts / sizeof option_texts[0];

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

static const char general_options[] = "--help\0print this, or a command's own help; help [COMMAND] does the same\0"
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
    fprintf(to, "memmap %s%s%s: %s\n\n", command->name, command->words[0] == '\0' ? "" : " ",
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
    fputs("memmap: see, check, compare and convert firmware memory maps\n\n"
          "memmap COMMAND [OPTION]... ARGUMENT...\n\n",
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
    fprintf(to, ".SS memmap %s %s\n", command->name, command->words);
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

    fputs(".\\\" SPDX-License-Identifier: MIT\n.\\\" Made by memmap --man.\n"
          ".TH MEMMAP 1 \"\" \"Groma " MEMMAP_TOOL_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nmemmap \\- see, check, compare and convert firmware memory maps\n"
          ".SH SYNOPSIS\n.B memmap\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
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
    fputs("\n.SH ENVIRONMENT\n.B NO_COLOR\nset to anything: no colours.\n.br\n.B COLUMNS\nthe "
          "strip's width where the output is no terminal.\n"
          ".SH FILES\n/sys/firmware/memmap, /proc/iomem: what capture reads.\n",
          to);
}
