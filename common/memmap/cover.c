/* SPDX-License-Identifier: MIT */
/* What covers a place; see cover.h. */
#include "memmap/cover.h"

#include "base/bits.h"
#include "base/mem.h"

#define NO_LINK UINT32_C(0xffffffff)

void cover_begin(struct cover *cover, uint32_t *links, uint32_t origin_count)
{
    memset(cover, 0, sizeof *cover);
    cover->next = links;
    cover->previous = links + origin_count;
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        cover->heads[kind] = NO_LINK;
        cover->tails[kind] = NO_LINK;
    }
}

static void list_append(struct cover *cover, unsigned kind, uint32_t origin)
{
    uint32_t tail = cover->tails[kind];

    cover->next[origin] = NO_LINK;
    cover->previous[origin] = tail;
    if (tail == NO_LINK)
        cover->heads[kind] = origin;
    else
        cover->next[tail] = origin;
    cover->tails[kind] = origin;
}

static void list_remove(struct cover *cover, unsigned kind, uint32_t origin)
{
    uint32_t next = cover->next[origin];
    uint32_t previous = cover->previous[origin];

    if (previous == NO_LINK)
        cover->heads[kind] = next;
    else
        cover->next[previous] = next;
    if (next == NO_LINK)
        cover->tails[kind] = previous;
    else
        cover->previous[next] = previous;
}

static void open_kind(struct cover *cover, unsigned kind, uint32_t origin)
{
    cover->kind_counts[kind]++;
    cover->kind_mask |= UINT32_C(1) << kind;
    list_append(cover, kind, origin);
}

static void close_kind(struct cover *cover, unsigned kind, uint32_t origin)
{
    if (--cover->kind_counts[kind] == 0)
        cover->kind_mask &= ~(UINT32_C(1) << kind);
    list_remove(cover, kind, origin);
}

void cover_open_entry(struct cover *cover, unsigned kind, uint64_t attributes, uint32_t origin)
{
    open_kind(cover, kind, origin);
    cover->entry_counts[kind]++;
    cover->entry_mask |= UINT32_C(1) << kind;
    cover->entries++;
    cover->attribute_any |= attributes;
    for (; attributes != 0; attributes &= attributes - 1)
        cover->attribute_counts[bit_lowest(attributes)]++;
}

void cover_close_entry(struct cover *cover, unsigned kind, uint64_t attributes, uint32_t origin)
{
    close_kind(cover, kind, origin);
    if (--cover->entry_counts[kind] == 0)
        cover->entry_mask &= ~(UINT32_C(1) << kind);
    cover->entries--;
    for (; attributes != 0; attributes &= attributes - 1) {
        unsigned bit = bit_lowest(attributes);
        if (--cover->attribute_counts[bit] == 0)
            cover->attribute_any &= ~(UINT64_C(1) << bit);
    }
}

void cover_open_claim(struct cover *cover, unsigned kind, uint32_t origin)
{
    open_kind(cover, kind, origin);
    cover->claims++;
}

void cover_close_claim(struct cover *cover, unsigned kind, uint32_t origin)
{
    close_kind(cover, kind, origin);
    cover->claims--;
}

uint64_t cover_attributes(const struct cover *cover)
{
    uint64_t joined = cover->attribute_any & ~MEMMAP_CAPABILITIES;
    uint64_t capabilities = cover->attribute_any & MEMMAP_CAPABILITIES;

    for (; capabilities != 0; capabilities &= capabilities - 1) {
        unsigned bit = bit_lowest(capabilities);
        if (cover->attribute_counts[bit] == cover->entries)
            joined |= UINT64_C(1) << bit;
    }
    return joined;
}
