/* SPDX-License-Identifier: MIT */
/*
 * The forms of lines: how each looks, and how it is read. A form that recognises a line owns it: if
 * the line then cannot be read, it is a finding.
 */
#ifndef MEMMAP_FORMS_H
#define MEMMAP_FORMS_H

#include "input.h"
#include "scan.h"

/* A line as it stands, and without what logs put before it (times, hosts, levels). */
struct text_line {
    struct span whole;
    struct span body;
};

/* What a form made of a line. */
struct reading {
    enum family family;
    struct stated stated;
    bool is_no_entry;  /* rightly so: a gap line, a device's resource */
    bool begins_list;  /* the first of its list by its own number */
};

struct form {
    enum family family; /* of unreadable lines; a reading may say a nearer one */
    bool is_weak;       /* other logs hold lines that look alike: no finding in a file of another form */
    /* Is this such a line? *ret_at is where reading begins. */
    bool (*looks)(const struct text_line *line, struct span *ret_at);
    /* NULL, or why the line cannot be read (static text). */
    const char *(*read)(struct span at, struct reading *reading);
};

extern const struct form linux_forms[];  /* Linux and Xen: forms_linux.c */
extern const struct form loader_forms[]; /* EFI shell, GRUB, FreeBSD, ...: forms_loader.c */
extern const size_t linux_form_count;
extern const size_t loader_form_count;

/* Both bounds as printed: the last byte, or one past it. Wrapping sizes stay what firmware said. */
void state_closed(struct stated *stated, uint64_t first, uint64_t last);
void state_open(struct stated *stated, uint64_t first, uint64_t end);

/* Reasons that several forms have. */
const char *misfit(const struct fields *fields);
#define UNKNOWN_TYPE       "its type is unknown"
#define UNKNOWN_ATTRIBUTE  "an attribute is unknown"

#endif
