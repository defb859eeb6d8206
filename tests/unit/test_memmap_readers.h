/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the readers share: tables as bytes, what an entry decodes to, buffers of the
 * exact size, so that the sanitizer sees every byte read too many.
 */
#ifndef GROMA_TEST_MEMMAP_READERS_H
#define GROMA_TEST_MEMMAP_READERS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/source.h"

#define WB           MEMMAP_WB
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Little- and big-endian words as bytes of a table. */
#define B(x, n)  (uint8_t)((uint64_t)(x) >> (n) & 0xff)
#define L4(x)    B(x, 0), B(x, 8), B(x, 16), B(x, 24)
#define L8(x)    L4(x), B(x, 32), B(x, 40), B(x, 48), B(x, 56)
#define M4(x)    B(x, 24), B(x, 16), B(x, 8), B(x, 0)
#define M8(x)    B(x, 56), B(x, 48), B(x, 40), B(x, 32), M4(x)

/* A copy with nothing readable behind it. */
static inline uint8_t *exact_copy(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    return copy;
}

struct decoded {
    uint64_t base, pages;
    uint32_t tail, type;
    uint64_t attributes;
    enum memmap_kind kind;
};

static inline void expect_entries(const struct memmap_source *source, enum memmap_format format,
                                  const struct decoded *expected, size_t count)
{
    cr_assert_eq(source->format, format);
    cr_assert_eq(source->count, count, "%u entries", source->count);
    for (uint32_t i = 0; i < count; i++) {
        struct memmap_entry entry;
        memset(&entry, 0xa5, sizeof entry);
        memmap_source_entry(source, i, &entry);
        cr_assert_eq(entry.base_bytes, expected[i].base, "entry %u", i);
        cr_assert_eq(entry.page_count, expected[i].pages, "entry %u", i);
        cr_assert_eq(entry.tail_bytes, expected[i].tail, "entry %u", i);
        cr_assert_eq(entry.type, expected[i].type, "entry %u: %#x", i, entry.type);
        cr_assert_eq(entry.attributes, expected[i].attributes, "entry %u", i);
        cr_assert_eq(entry.kind, expected[i].kind, "entry %u: %s", i, memmap_kind_name(entry.kind));
    }
}

/* In place: copies of a struct need not keep its padding. */
static inline void fill_junk(struct memmap_source *source)
{
    memset(source, 0x5a, sizeof *source);
}

static inline void expect_untouched(const struct memmap_source *source)
{
    struct memmap_source junk;

    fill_junk(&junk);
    cr_assert_eq(memcmp(source, &junk, sizeof junk), 0, "source was changed on error");
}

/* ---- Multiboot2: a whole information structure ------------------------------------------ */

#define MB2_ENTRY(base, length, type) L8(base), L8(length), L4(type), L4(0xeeeeeeee)
#define MB2_MAP_BYTES                 (16 + 7 * 24)
#define MB2_MAP                                                                              \
    L4(6), L4(MB2_MAP_BYTES), L4(24), L4(0), MB2_ENTRY(0, 0x9fc00, 1),                       \
        MB2_ENTRY(0x9fc00, 0x400, 2), MB2_ENTRY(0x7fe0000, 0x11000, 3),                      \
        MB2_ENTRY(0x7ff1000, 0x2000, 4), MB2_ENTRY(0x8000000, 0x1000, 5),                    \
        MB2_ENTRY(0xfffc0000, 0x40000, 0), MB2_ENTRY(0xfedcba9876543210, 0x123456789abcdef, 7)

#define EFI_ENTRY(type, base, pages, attributes) \
    L4(type), L4(0xeeeeeeee), L8(base), L8(0xeeeeeeee), L8(pages), L8(attributes), L8(0xeeeeeeee)
#define EFI_MAP_BYTES (16 + 2 * 48)
#define EFI_MAP                                                                \
    L4(17), L4(EFI_MAP_BYTES), L4(48), L4(1), EFI_ENTRY(7, 0x100000, 0x10, 15), \
        EFI_ENTRY(10, 0x200000, 3, 9)

/* A command line of 13 bytes (3 of padding), a map twice, the EFI map, the end. */
#define MB2_CMDLINE L4(1), L4(13), 'q', 'u', 'i', 'e', 0, 0xee, 0xee, 0xee
#define MB2_END     L4(0), L4(8)
#define MB2_BYTES   (8 + 16 + MB2_MAP_BYTES + 16 + EFI_MAP_BYTES + 8)
static const uint8_t mb2_info[] = {L4(MB2_BYTES), L4(0), MB2_CMDLINE, MB2_MAP,
                                   L4(6), L4(16), L4(24), L4(0), EFI_MAP, MB2_END};
_Static_assert(sizeof mb2_info == MB2_BYTES, "the table counts itself");

/* ---- Limine ---------------------------------------------------------------------------- */

#define LIMINE(type) L8(0x1000 * (type) + 0x123), L8(0x2045), L8(type)

#endif
