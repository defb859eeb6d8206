/* SPDX-License-Identifier: MIT */
/*
 * What the host's commands (memmap, memwatch) have in common: subcommands and options as tables, from
 * which --help, the manual page, the completion and the reading of the command line are all made;
 * memory that lives to the end; failure as one line and status 2.
 *
 * Each command defines `program`, and `struct arguments` as it likes.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What the command line said. */
struct arguments;

struct command {
    const char *name;
    const char *words;   /* "FILE ADDRESS" */
    const char *summary; /* one line */
    const char *text;    /* a paragraph */
    unsigned least_words, most_words;
    unsigned options; /* bits of its options */
    int (*run)(const struct arguments *arguments); /* the exit status */
};

struct option_text {
    unsigned bit;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    const char *text;
    const char *choices; /* NULL, or the words it takes, a blank between: added to the text */
};

/* Of the manual page. */
struct section {
    const char *title, *text;
};

struct program {
    const char *name;
    const char *purpose; /* "see memory change" */
    const char *about;   /* a paragraph behind the tables */
    const char *status;  /* the exit status, in words */
    const struct command *commands;
    const struct option_text *options;
    const struct section *sections; /* behind EXIT STATUS, up to a NULL title; NULL: none */
    size_t command_count, option_count;
    void (*take_word)(struct arguments *arguments, const char *word); /* at most most_words times */
    void (*take_option)(struct arguments *arguments, const struct option_text *option, const char *value);
};

extern const struct program program;

/* main without its frame: --help, --man, --completion, --version, or the subcommand. The exit status. */
int program_run(int count, char *const words[], struct arguments *arguments);

void print_help(FILE *to, const struct command *command); /* NULL: all */
void print_manual(FILE *to);
void print_completion(FILE *to);

/* --help and its like, of every program: up to a NULL name. */
extern const struct option_text general_options[];

/* ---- memory and failure (memory.c) ----------------------------------------------------------- */

enum { STATUS_CANNOT = 2 };

/* One line on stderr, "NAME: ...", and the end with STATUS_CANNOT. */
_Noreturn void cannot(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One line on stderr, and on it goes. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory that lives to the end of the program; ends it where there is none. */
void *grab(size_t count, size_t size_bytes);
/* The same for an array that grows: room for one more than `count` things. */
void *grow(void *array, size_t count, size_t *room, size_t size_bytes);
/* sprintf into grabbed memory. */
char *grab_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- other programs (guest.c) ----------------------------------------------------------------- */

/* All of a file of /proc, as grabbed text; NULL and errno where it cannot be read. */
char *read_proc(const char *path, size_t *ret_length);
/* The file that a QEMU shares as its guest's RAM, and its machine; ends the program where there is none. */
const char *guest_memory_path(int pid, bool *ret_is_pc);

/* ---- words ----------------------------------------------------------------------------------- */

/* "0x1000", "4096", "640K", "16m", "4G", "1T", "8E": bytes. */
bool parse_size(const char *text, uint64_t *ret_bytes);
/* A string in quotes with JSON's escapes. */
void print_json_string(FILE *to, const char *chars, size_t length);
void print_json_text(FILE *to, const char *text); /* up to its NUL */
/* Columns of the terminal that stdout is, else `otherwise`. */
unsigned terminal_columns(unsigned otherwise);
/* The title and the text as one, each line begun with `indent` blanks and of at most `width` columns. */
void print_paragraph(FILE *to, unsigned indent, unsigned width, const char *title, const char *text);

#endif
