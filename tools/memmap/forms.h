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
    bool is_reserved;  /* the range is certain, what it is is not: see take_as_reserved */
};

struct form {
    enum family family; /* of unreadable lines; a reading may say a nearer one */
    bool is_weak;       /* other logs hold lines that look alike: no finding in a file of another form */
    /* Is this such a line? *ret_at is where reading begins. */
    bool (*looks)(const struct text_line *line, struct span *ret_at);
    /* NULL, or what is wrong with the line (static text); with is_reserved it is an entry all the same. */
    const char *(*read)(struct span at, struct reading *reading);
};

extern const struct form linux_forms[];  /* Linux and Xen: forms_linux.c */
extern const struct form groma_forms[];  /* Groma's own log, and memmap normalize: forms_groma.c */
extern const struct form loader_forms[]; /* EFI shell, GRUB, FreeBSD, ...: forms_loader.c */
extern const size_t linux_form_count;
extern const size_t groma_form_count;
extern const size_t loader_form_count;

/* Both bounds as printed: the last byte, or one past it. Wrapping sizes stay what firmware said. */
void state_closed(struct stated *stated, uint64_t first, uint64_t last);
void state_open(struct stated *stated, uint64_t first, uint64_t end);

/* Reasons that several forms have. */
const char *misfit(const struct fields *fields);
#define UNKNOWN_TYPE      "unknown type: taken as reserved"
#define UNKNOWN_ATTRIBUTE "unknown attribute: taken as reserved"
#define UNKNOWN_BOUNDS    "its length is no number of pages"

/*
 * A line with a range and a word that nobody knows: left out, the map would hand out what lies there.
 * The reason stays a finding.
 */
const char *take_as_reserved(struct reading *reading, const char *reason);

/* HEX-HEX with `dash` between, each of many digits; what stands behind goes to *ret_rest. */
bool begins_with_range(struct span text, const char *dash, struct span *ret_rest);
/* Behind the first word and blanks. */
struct span skip_word(struct span text);

#endif
