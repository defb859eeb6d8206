/* SPDX-License-Identifier: MIT */
/*
 * From a file of any known form to a source for common/memmap.
 *
 *   text log ─ scan.c, forms_*.c ─▶ lists of stated entries ─┐
 *   JSON, sysfs folder, coreboot table ─────────────────────▶ table of bytes ─▶ memmap_source_*
 *   capture file, boot info block ─ common/capture, bootinfo ┘
 *
 * The table's binary form is the one that keeps the format's own types and attributes: E820 entries
 * of 20 bytes, UEFI descriptors of 48, and so on. A line that looks like an entry and cannot be read
 * is kept with its number.
 */
#ifndef MEMMAP_INPUT_H
#define MEMMAP_INPUT_H

#include "memmap/normalize.h"
#include "tool.h"

#define INPUT_MAX_BYTES   (64u * 1024 * 1024)
#define INPUT_MAX_ENTRIES (UINT32_C(1) << 20)
#define INPUT_DEFAULT_PHYSICAL_BITS 52u /* all that x86-64 can have */

/* A form of file or list; names are those of --from and --map's list. */
enum family {
    FAMILY_LINUX_E820,
    FAMILY_LINUX_EFI,
    FAMILY_XEN_E820,
    FAMILY_XEN_EFI,
    FAMILY_EFI_SHELL,
    FAMILY_GRUB_EFI,
    FAMILY_GRUB_MMAP,
    FAMILY_FREEBSD_SMAP,
    FAMILY_MULTIBOOT2,
    FAMILY_LIMINE,
    FAMILY_COREBOOT,
    FAMILY_PLAIN_EFI,
    FAMILY_IOMEM,
    FAMILY_GROMA,
    FAMILY_NORMALIZED,
    FAMILY_SYSFS,
    FAMILY_EFI_RUNTIME, /* a part of a map: what stays the firmware's after the boot */
    FAMILY_COREBOOT_TABLE,
    FAMILY_JSON,
    FAMILY_CAPTURE,
    FAMILY_BOOTINFO,
    FAMILY_COUNT,
};
const char *family_name(enum family family);
/* For people, with its article: "a BIOS-e820 entry". */
const char *family_entry(enum family family);
enum memmap_format family_format(enum family family);
/* The type by which the family's format says reserved. */
uint32_t family_reserved_type(enum family family);

/* An entry as a text said it. */
struct stated {
    uint64_t base_bytes;
    uint64_t size_bytes;
    uint64_t attributes;
    uint32_t type;
    uint32_t line;
    bool is_whole_space; /* 2^64 bytes: size_bytes is 0 */
};

/* One list of entries in a file. */
struct list {
    enum family family;
    struct stated *entries;
    size_t count, room;
    const char *title; /* NULL, or what tells it from others: "before the loader's allocations" */
};

/* A line that looks like an entry and cannot be read, or whose type or attributes cannot. */
struct unreadable {
    uint32_t line;
    enum family family; /* FAMILY_COUNT: of no known form */
    struct span text;
    const char *reason; /* "": the form itself is not kept */
    bool is_reserved;   /* it stands in the list, as reserved */
};

struct unreadables {
    struct unreadable *items;
    size_t count, room;
};

/* What reading a text collects. */
struct collector {
    struct list *lists;
    size_t count, room;
    size_t open_index[FAMILY_COUNT]; /* 1 + index of the list that the family's next entry joins */
    size_t entry_count;
    unsigned physical_bits; /* 0: the text does not say */
    struct unreadables unreadables;
};

/* A map that was read. */
struct map_input {
    const char *path;
    enum family family;
    struct memmap_source source;
    const uint32_t *lines; /* line of each entry; NULL where there are none */
    struct memmap_claim *claims;
    const char **claim_names;
    uint32_t claim_count;
    unsigned physical_bits;
    struct unreadables unreadables;
    const char *defect; /* NULL, or what is wrong with the file as a whole: a finding */
    const char **notes; /* whole sentences: facts about the file */
    size_t note_count, note_room;
};

struct file_bytes {
    uint8_t *bytes; /* with a NUL behind */
    size_t size;
};

struct input_options {
    const struct file_bytes *bytes; /* read instead of the path; NULL: the path */
    unsigned map_number; /* which of several maps; 0: the last of the best kind */
    unsigned physical_bits; /* 0: as the file says, else 52 */
    struct memmap_claim *claims; /* --reserve */
    const char **claim_names;
    uint32_t claim_count, claim_room, claim_name_room;
};

/* Reads a file, a folder of sysfs's form, or stdin ("-"); ends the program where it cannot. */
void input_load(struct map_input *input, const char *path, const struct input_options *options);
/* The bytes of one file, or of stdin ("-"); ends the program where it cannot. */
void input_read_file(const char *path, struct file_bytes *ret_file);
void input_note(struct map_input *input, const char *note);

/* Every line that could not be read, or not wholly, on stderr; true where there are any. */
bool input_complain(const struct map_input *input);

/* UTF-16 becomes ASCII, '?' for the rest; a byte order mark goes. Other files stay as they are. */
void plain_text(struct file_bytes *file);

/* ---- between the parsers --------------------------------------------------------------- */

void collect_entry(struct collector *collector, enum family family, const struct stated *stated);
/* The same into the list of the family (or of one like it) that stands around the line; nothing where there is none. */
void collect_inside(struct collector *collector, enum family family, const struct stated *stated);
void collect_unreadable(struct collector *collector, const struct unreadable *what);
/* The next entry of the family begins a new list; where the last one is empty, nothing changes. */
void collect_new_list(struct collector *collector, enum family family);

void parse_text(struct collector *collector, const struct file_bytes *file);
void parse_sysfs(struct collector *collector, const char *path);
/* Opens one of the collected lists as input->source. */
void open_list(struct map_input *input, const struct list *list);
/* Whole files; each says false, input untouched, where the file is of another form. */
bool parse_json(struct map_input *input, const struct file_bytes *file);
bool parse_capture(struct map_input *input, const struct file_bytes *file, unsigned map_number);
bool parse_bootinfo(struct map_input *input, const struct file_bytes *file);
bool parse_coreboot_table(struct collector *collector, const struct file_bytes *file);

#endif
