/* SPDX-License-Identifier: MIT */
/* Lines of /proc/PID/maps; see proc(5). Pure: fuzzed. */
#ifndef MEMWATCH_MAPS_H
#define MEMWATCH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maps_entry {
    uint64_t first;
    uint64_t end;        /* > first */
    char rights[5];      /* "rw-p" */
    const char *name;    /* into the line; not ended by NUL */
    size_t name_length;  /* 0: anonymous */
};

/*
 * Reads one line, without its newline: `FIRST-END RIGHTS OFFSET DEVICE INODE   NAME`. False,
 * *ret_entry untouched, where it is none.
 */
bool maps_parse_line(const char *line, size_t length, struct maps_entry *ret_entry);

/* The next line of a text: *at moves behind it. False at the end. */
bool maps_next_line(const char *text, size_t length, size_t *at, const char **ret_line,
                    size_t *ret_length);

#endif
