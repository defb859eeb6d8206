/* SPDX-License-Identifier: MIT */
/* Unions of bytes, as stated and as in the map; see account.h. */
#include "memmap/account.h"

#include "memmap/extent.h"

/* Whose byte a place is. */
enum layer {
    STATED,  /* an entry's, as stated */
    DROPPED, /* an entry's that was dropped, as stated */
    ENTRY,   /* an entry's pages in the map */
    CLAIM,   /* a claim's */
    LAYER_COUNT,
};

#define IS_LAST 1u /* in place.what, beside 2 * layer: the range's last byte, not its first */

/* A range of bytes by its first and its last one, so that it may end at 2^64. */
struct byte_range {
    uint64_t first;
    uint64_t last;
};

struct account {
    const struct memmap_input *input;
    struct memmap_report *report;
    uint64_t width_pfn;
    uint64_t width_last; /* the last byte inside the address width */
    struct place *places;
    size_t count;
    uint32_t open[LAYER_COUNT]; /* ranges that cover the bytes from `next` on */
    uint64_t next;              /* the first byte that is not accounted for, */
    bool at_end;                /* unless all are */
    bool ended;                 /* has a stated range ended? */
    uint64_t ended_last;        /* the last byte of the last one that did */
};

/* The bytes of the pages [first_pfn, end_pfn), end_pfn > first_pfn. */
/*@ requires first_pfn < end_pfn <= PFN_END;
    assigns \nothing;
    ensures \result.first == first_pfn * 4096 && \result.last == end_pfn * 4096 - 1; */
static struct byte_range bytes_of_pages(uint64_t first_pfn, uint64_t end_pfn)
{
    return (struct byte_range){first_pfn * PAGE_BYTES,
                               (end_pfn - 1) * PAGE_BYTES + (PAGE_BYTES - 1)};
}

static void add_bound(struct account *account, struct byte_range range, uint32_t index,
                      enum layer layer, uint32_t what)
{
    account->places[account->count++] =
        (struct place){.key = (what & IS_LAST) != 0 ? range.last : range.first,
                       .index = index,
                       .what = 2 * (uint32_t)layer + what};
}

/* The first or the last bytes of an entry. */
static void add_entry(struct account *account, uint32_t index, uint32_t what)
{
    struct memmap_entry entry;
    struct extent stated;
    struct byte_range bytes;
    uint64_t first_pfn, end_pfn;
    bool accepted;

    memmap_source_entry(&account->input->source, index, &entry);
    if (entry.page_count == 0 && entry.tail_bytes == 0)
        return;
    accepted = memmap_extent_of_entry(&entry, &stated);
    bytes.first = entry.base_bytes;
    bytes.last = accepted ? entry.base_bytes + entry.page_count * PAGE_BYTES + entry.tail_bytes - 1
                          : UINT64_MAX;
    add_bound(account, bytes, index, accepted ? STATED : DROPPED, what);
    memmap_extent_pages(&stated, entry.kind, account->width_pfn, &first_pfn, &end_pfn);
    if (accepted && first_pfn < end_pfn)
        add_bound(account, bytes_of_pages(first_pfn, end_pfn), index, ENTRY, what);
}

/* First bytes before last ones: the sort keeps that order where both are one byte. */
static void add_all(struct account *account, uint32_t what)
{
    const struct memmap_input *input = account->input;

    for (uint32_t i = 0; i < input->source.count; i++)
        add_entry(account, i, what);
    for (uint32_t i = 0; i < input->claim_count; i++)
        add_bound(account, bytes_of_pages(input->claims[i].first_pfn, input->claims[i].end_pfn), i,
                  CLAIM, what);
}

/*@ requires \valid(size) && size->bytes < 4096 && bytes < 0x8000000000000000;
    requires size->pages + pages + bytes / 4096 + 1 <= UINT64_MAX;
    assigns *size;
    ensures size->bytes < 4096;
    ensures size->pages * 4096 + size->bytes ==
        \old(size->pages * 4096 + size->bytes) + pages * 4096 + bytes; */
void memmap_size_add(struct memmap_size *size, uint64_t pages, uint64_t bytes)
{
    size->bytes += bytes;
    size->pages += pages + size->bytes / PAGE_BYTES;
    size->bytes %= PAGE_BYTES;
}

/* Where bytes that are stated and not in the map went. */
static struct memmap_size *loss(const struct account *account)
{
    if (account->next > account->width_last)
        return &account->report->clipped;
    return account->open[STATED] > 0 ? &account->report->lost : &account->report->dropped;
}

/* Accounts for the bytes from `next` to `last`, all covered alike, all inside the width or not. */
static void add_bytes(struct account *account, uint64_t last)
{
    const uint32_t *open = account->open;
    struct memmap_report *report = account->report;
    bool stated = open[STATED] + open[DROPPED] > 0;
    bool in_map = open[ENTRY] + open[CLAIM] > 0;
    uint64_t pages = (last - account->next) / PAGE_BYTES;
    uint64_t bytes = (last - account->next) % PAGE_BYTES + 1;

    if (stated)
        memmap_size_add(&report->stated, pages, bytes);
    if (stated && !in_map)
        memmap_size_add(loss(account), pages, bytes);
    if (in_map && !stated)
        memmap_size_add(open[ENTRY] > 0 ? &report->grown : &report->claimed, pages, bytes);
    account->next = last + 1;
    account->at_end = last == UINT64_MAX;
}

/* The same up to `last`, on both sides of the address width; nothing where that is done already. */
static void add_bytes_to(struct account *account, uint64_t last)
{
    if (account->at_end || last < account->next)
        return;
    if (account->next <= account->width_last && last > account->width_last)
        add_bytes(account, account->width_last);
    add_bytes(account, last);
}

/*
 * Does the entry that begins here share the page with one that ended before? They share no byte:
 * where an entry begins at another's last byte, that one has not ended yet.
 */
/*@ requires \valid_read(account);
    assigns \nothing;
    ensures \result <==> account->ended && account->ended_last / 4096 == first / 4096; */
static bool shares_page(const struct account *account, uint64_t first)
{
    return account->ended && account->ended_last / PAGE_BYTES == first / PAGE_BYTES;
}

static void step(struct account *account, const struct place *place)
{
    unsigned layer = place->what / 2;

    if ((place->what & IS_LAST) != 0) {
        add_bytes_to(account, place->key);
        account->open[layer]--;
        if (layer == STATED) {
            account->ended = true;
            account->ended_last = place->key;
        }
        return;
    }
    if (place->key > 0)
        add_bytes_to(account, place->key - 1);
    account->open[layer]++;
    if (layer == STATED && shares_page(account, place->key))
        memmap_report_finding(account->report, MEMMAP_SHARED_PAGE, place->index);
}

void memmap_account_bytes(const struct memmap_input *input, struct place *places,
                          struct place *spare, struct memmap_report *report)
{
    struct account account = {.input = input,
                              .report = report,
                              .width_pfn = UINT64_C(1) << (input->physical_bits - 12),
                              .width_last = UINT64_MAX >> (64 - input->physical_bits),
                              .places = places};
    const struct place *sorted;

    add_all(&account, 0);
    add_all(&account, IS_LAST);
    sorted = memmap_places_sort(places, spare, account.count);
    for (size_t i = 0; i < account.count; i++)
        step(&account, &sorted[i]);
}
