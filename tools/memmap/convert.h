/* SPDX-License-Identifier: MIT */
/* The forms that memmap convert writes: one line an entry. */
#ifndef MEMMAP_CONVERT_H
#define MEMMAP_CONVERT_H

#include "result.h"

/* An entry in the numbering of the form that is written. */
struct plain_entry {
    uint64_t base_bytes;
    uint64_t page_count;
    uint32_t tail_bytes;
    uint32_t type;
    uint64_t attributes;
};

void plain_entry_of(const struct result *result, uint32_t index, enum memmap_format format,
                    bool from_regions, struct plain_entry *ret_entry);

struct written_form {
    const char *name;
    enum memmap_format format;
    void (*write)(FILE *to, uint32_t index, const struct plain_entry *entry);
};

extern const struct written_form written_forms[];
extern const size_t written_form_count;

/* A capture file of one map and its claims; program_words say which command wrote it. */
void write_capture(FILE *to, const struct result *result, const char *program_words);

#endif
