/* SPDX-License-Identifier: MIT */
/* Unions of bytes, as stated and as in the map; see account.h. */
#include "memmap/account.h"

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

/*@ // A size in bytes, and what becomes of it where n bytes are added.
    logic integer size_bytes{L}(struct memmap_size *s) = s->pages * 4096 + s->bytes;
    predicate size_by{L}(struct memmap_size *s, integer most) =
        s->bytes < 4096 && size_bytes(s) <= most;
    predicate gone_by{L}(struct memmap_report *r, integer most) = size_by(&r->lost, most) &&
        size_by(&r->clipped, most) && size_by(&r->dropped, most);
    predicate more_by{L}(struct memmap_report *r, integer most) =
        size_by(&r->claimed, most) && size_by(&r->grown, most);
    predicate size_grows{A,B}(struct memmap_size *s, integer n) =
        \at(s->bytes, B) < 4096 && size_bytes{B}(s) == size_bytes{A}(s) + n;
    // How many ranges cover the bytes from `next` on: of what is stated, of what is in the map.
    logic integer stating{L}(struct account *a) = a->open[STATED] + a->open[DROPPED];
    logic integer mapping{L}(struct account *a) = a->open[ENTRY] + a->open[CLAIM];
    predicate fits{L}(struct memmap_report *r, integer most) =
        size_by(&r->stated, most) && gone_by(r, most) && more_by(r, most); */

/*@ logic integer places_of{L}(struct memmap_input *in) =
        4 * in->source.count + 2 * in->claim_count; */

/* The bytes of the pages [first_pfn, end_pfn), end_pfn > first_pfn. */
/*@ assigns \nothing;
    ensures first_pfn < end_pfn <= PFN_END ==>
        \result.first == first_pfn * 4096 && \result.last == end_pfn * 4096 - 1; */
static struct byte_range bytes_of_pages(uint64_t first_pfn, uint64_t end_pfn)
{
    return (struct byte_range){first_pfn * PAGE_BYTES,
                               (end_pfn - 1) * PAGE_BYTES + (PAGE_BYTES - 1)};
}

/*@ requires \valid(account) && \valid(account->places + account->count);
    requires \separated(account, account->places + account->count);
    requires account->count < 0x200000000;
    assigns account->count, account->places[account->count];
    ensures account->count == \old(account->count) + 1; */
static void add_bound(struct account *account, struct byte_range range, uint32_t index,
                      enum layer layer, uint32_t what)
{
    account->places[account->count++] =
        (struct place){.key = (what & IS_LAST) != 0 ? range.last : range.first,
                       .index = index,
                       .what = 2 * (uint32_t)layer + what};
}

/* What an entry says, and the pages that it has in the map. */
struct entry_ranges {
    bool is_empty; /* then nothing else counts */
    bool accepted; /* it does not end beyond 2^64 */
    struct byte_range stated;
    uint64_t first_pfn; /* of its pages, where accepted; maybe none: end <= first */
    uint64_t end_pfn;
};

/*@ requires source_opened(source) && index < source->count && width_pfn <= PFN_END;
    assigns \nothing;
    ensures \result.first_pfn < \result.end_pfn ==> \result.end_pfn <= width_pfn; */
static struct entry_ranges ranges_of_entry(const struct memmap_source *source, uint32_t index,
                                           uint64_t width_pfn)
{
    struct entry_ranges ranges = {.is_empty = true};
    struct memmap_entry entry;
    struct extent stated;

    memmap_source_entry(source, index, &entry);
    if (entry.page_count == 0 && entry.tail_bytes == 0)
        return ranges;
    ranges.is_empty = false;
    ranges.accepted = memmap_extent_of_entry(&entry, &stated);
    ranges.stated.first = entry.base_bytes;
    ranges.stated.last = UINT64_MAX;
    if (ranges.accepted)
        ranges.stated.last =
            entry.base_bytes + entry.page_count * PAGE_BYTES + entry.tail_bytes - 1;
    memmap_extent_pages(&stated, entry.kind, width_pfn, &ranges.first_pfn, &ranges.end_pfn);
    return ranges;
}

/* The first or the last bytes of an entry: two places at most. */
/*@ requires \valid(account) && source_opened(source) && index < source->count;
    requires \valid(account->places + (account->count .. account->count + 1));
    requires account->width_pfn <= PFN_END && account->count < 0x1fffffffe;
    requires \separated(account, account->places + (account->count .. account->count + 1), source);
    assigns account->count, account->places[account->count .. account->count + 1];
    ensures \old(account->count) <= account->count <= \old(account->count) + 2; */
static void add_entry(struct account *account, const struct memmap_source *source, uint32_t index,
                      uint32_t what)
{
    struct entry_ranges ranges = ranges_of_entry(source, index, account->width_pfn);

    if (ranges.is_empty)
        return;
    add_bound(account, ranges.stated, index, ranges.accepted ? STATED : DROPPED, what);
    /*@ assert account->count == \at(account->count, Pre) + 1 &&
        account->places == \at(account->places, Pre); */
    if (ranges.accepted && ranges.first_pfn < ranges.end_pfn)
        add_bound(account, bytes_of_pages(ranges.first_pfn, ranges.end_pfn), index, ENTRY, what);
}

/*@ requires \valid(account) && source_opened(source) && account->width_pfn <= PFN_END;
    requires \valid(account->places +
                    (account->count .. account->count + 2 * source->count - 1));
    requires account->count <= 0x100000000;
    requires \separated(account, source,
        account->places + (account->count .. account->count + 2 * source->count - 1));
    assigns account->count,
        account->places[account->count .. account->count + 2 * source->count - 1];
    ensures \old(account->count) <= account->count <= \old(account->count) + 2 * source->count; */
static void add_entries(struct account *account, const struct memmap_source *source, uint32_t what)
{
    uint32_t count = source->count;
    //@ ghost struct place *places = account->places;
    //@ ghost size_t first = account->count;

    /*@ loop invariant 0 <= i <= count && first <= account->count <= first + 2 * i;
        loop invariant account->places == places && account->width_pfn <= PFN_END;
        loop invariant source_opened(source) && source->count == count;
        loop assigns i, account->count, places[first .. first + 2 * count - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++)
        add_entry(account, source, i, what);
}

/*@ requires \valid(account) && \valid_read(claims + (0 .. count - 1));
    requires \valid(account->places + (account->count .. account->count + count - 1));
    requires account->count <= 0x180000000 && count <= MEMMAP_MAX_ENTRIES;
    requires \separated(account,
        account->places + (account->count .. account->count + count - 1));
    assigns account->count, account->places[account->count .. account->count + count - 1];
    ensures account->count == \old(account->count) + count; */
static void add_claims(struct account *account, const struct memmap_claim *claims, uint32_t count,
                       uint32_t what)
{
    //@ ghost struct place *places = account->places;
    //@ ghost size_t first = account->count;

    /*@ loop invariant 0 <= i <= count && account->count == first + i;
        loop invariant account->places == places;
        loop assigns i, account->count, places[first .. first + count - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++)
        add_bound(account, bytes_of_pages(claims[i].first_pfn, claims[i].end_pfn), i, CLAIM, what);
}

/*@ requires \valid(size);
    assigns *size;
    ensures size->bytes < 4096;
    // As long as the sum fits: it is exact.
    ensures \old(size->bytes) < 4096 && bytes < 0x8000000000000000 &&
        \old(size->pages) + pages + bytes / 4096 + 1 <= UINT64_MAX ==>
        size->pages * 4096 + size->bytes ==
            \old(size->pages * 4096 + size->bytes) + pages * 4096 + bytes; */
void memmap_size_add(struct memmap_size *size, uint64_t pages, uint64_t bytes)
{
    size->bytes += bytes;
    size->pages += pages + size->bytes / PAGE_BYTES;
    size->bytes %= PAGE_BYTES;
}

/*@ // n bytes from `next` on.
    predicate bytes_next{L}(struct account *a, integer pages, integer bytes) = bytes <= 4096 &&
        a->next + pages * 4096 + bytes <= 0x10000000000000000; */

/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires fits: size_by(&account->report->stated, account->next);
    requires bytes_next(account, pages, bytes);
    assigns account->report->stated;
    ensures stated: size_grows{Pre,Here}(&account->report->stated,
        stating(account) > 0 ? pages * 4096 + bytes : 0); */
static inline void add_stated(struct account *account, uint64_t pages, uint64_t bytes)
{
    if (account->open[STATED] > 0 || account->open[DROPPED] > 0)
        memmap_size_add(&account->report->stated, pages, bytes);
}

/* Bytes that are stated and not in the map, by where they went. */
/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires fits: gone_by(account->report, account->next);
    requires bytes_next(account, pages, bytes);
    assigns account->report->clipped, account->report->lost, account->report->dropped;
    ensures clipped: size_grows{Pre,Here}(&account->report->clipped, mapping(account) == 0 &&
        stating(account) > 0 && account->next > account->width_last ? pages * 4096 + bytes : 0);
    ensures lost: size_grows{Pre,Here}(&account->report->lost, mapping(account) == 0 &&
        account->open[STATED] > 0 && account->next <= account->width_last
            ? pages * 4096 + bytes : 0);
    ensures dropped: size_grows{Pre,Here}(&account->report->dropped, mapping(account) == 0 &&
        account->open[STATED] == 0 && account->open[DROPPED] > 0 &&
        account->next <= account->width_last ? pages * 4096 + bytes : 0); */
static inline void add_gone(struct account *account, uint64_t pages, uint64_t bytes)
{
    struct memmap_report *report = account->report;

    if (account->open[ENTRY] > 0 || account->open[CLAIM] > 0)
        return;
    if (account->open[STATED] == 0 && account->open[DROPPED] == 0)
        return;
    if (account->next > account->width_last)
        memmap_size_add(&report->clipped, pages, bytes);
    else if (account->open[STATED] > 0)
        memmap_size_add(&report->lost, pages, bytes);
    else
        memmap_size_add(&report->dropped, pages, bytes);
}

/* Bytes in the map that no entry stated. */
/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires fits: more_by(account->report, account->next);
    requires bytes_next(account, pages, bytes);
    assigns account->report->grown, account->report->claimed;
    ensures grown: size_grows{Pre,Here}(&account->report->grown,
        stating(account) == 0 && account->open[ENTRY] > 0 ? pages * 4096 + bytes : 0);
    ensures claimed: size_grows{Pre,Here}(&account->report->claimed, stating(account) == 0 &&
        account->open[ENTRY] == 0 && account->open[CLAIM] > 0 ? pages * 4096 + bytes : 0); */
static inline void add_more(struct account *account, uint64_t pages, uint64_t bytes)
{
    if (account->open[STATED] > 0 || account->open[DROPPED] > 0)
        return;
    if (account->open[ENTRY] > 0)
        memmap_size_add(&account->report->grown, pages, bytes);
    else if (account->open[CLAIM] > 0)
        memmap_size_add(&account->report->claimed, pages, bytes);
}

/* Bytes from `next` on, all covered alike, all inside the width or not. */
/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires bytes_next(account, pages, bytes);
    requires stated_fits: size_by(&account->report->stated, account->next);
    requires gone_fits: gone_by(account->report, account->next);
    requires more_fits: more_by(account->report, account->next);
    assigns account->report->stated, account->report->lost, account->report->clipped,
        account->report->dropped, account->report->grown, account->report->claimed;
    ensures stated: size_grows{Pre,Here}(&account->report->stated,
        stating(account) > 0 ? pages * 4096 + bytes : 0);
    ensures grown: size_grows{Pre,Here}(&account->report->grown,
        stating(account) == 0 && account->open[ENTRY] > 0 ? pages * 4096 + bytes : 0);
    ensures claimed: size_grows{Pre,Here}(&account->report->claimed, stating(account) == 0 &&
        account->open[ENTRY] == 0 && account->open[CLAIM] > 0 ? pages * 4096 + bytes : 0);
    ensures clipped: size_grows{Pre,Here}(&account->report->clipped, mapping(account) == 0 &&
        stating(account) > 0 && account->next > account->width_last ? pages * 4096 + bytes : 0);
    ensures lost: size_grows{Pre,Here}(&account->report->lost, mapping(account) == 0 &&
        account->open[STATED] > 0 && account->next <= account->width_last
            ? pages * 4096 + bytes : 0);
    ensures dropped: size_grows{Pre,Here}(&account->report->dropped, mapping(account) == 0 &&
        account->open[STATED] == 0 && account->open[DROPPED] > 0 &&
        account->next <= account->width_last ? pages * 4096 + bytes : 0); */
static inline void add_alike(struct account *account, uint64_t pages, uint64_t bytes)
{
    add_stated(account, pages, bytes);
    //@ assert lost0: size_grows{Pre,Here}(&account->report->lost, 0);
    //@ assert clipped0: size_grows{Pre,Here}(&account->report->clipped, 0);
    //@ assert dropped0: size_grows{Pre,Here}(&account->report->dropped, 0);
    //@ assert claimed0: size_grows{Pre,Here}(&account->report->claimed, 0);
    //@ assert grown0: size_grows{Pre,Here}(&account->report->grown, 0);
    //@ ghost Stated: ;
    add_gone(account, pages, bytes);
    //@ assert stated1: size_grows{Stated,Here}(&account->report->stated, 0);
    //@ assert claimed1: size_grows{Stated,Here}(&account->report->claimed, 0);
    //@ assert grown1: size_grows{Stated,Here}(&account->report->grown, 0);
    //@ ghost Gone: ;
    add_more(account, pages, bytes);
    //@ assert stated2: size_grows{Gone,Here}(&account->report->stated, 0);
    //@ assert lost2: size_grows{Gone,Here}(&account->report->lost, 0);
    //@ assert clipped2: size_grows{Gone,Here}(&account->report->clipped, 0);
    //@ assert dropped2: size_grows{Gone,Here}(&account->report->dropped, 0);
}

/* Accounts for the bytes from `next` to `last`, all covered alike, all inside the width or not. */
/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires account->next <= last;
    requires stated_fits: size_by(&account->report->stated, account->next);
    requires gone_fits: gone_by(account->report, account->next);
    requires more_fits: more_by(account->report, account->next);
    assigns account->next, account->at_end, account->report->stated, account->report->lost,
        account->report->clipped, account->report->dropped, account->report->grown,
        account->report->claimed;
    ensures account->next == (uint64_t)(last + 1) && (account->at_end <==> last == UINT64_MAX);
    ensures fits: !account->at_end ==> fits(account->report, account->next);
    ensures stated: size_grows{Pre,Here}(&account->report->stated,
        stating(account) > 0 ? last + 1 - \old(account->next) : 0);
    ensures grown: size_grows{Pre,Here}(&account->report->grown,
        stating(account) == 0 && account->open[ENTRY] > 0 ? last + 1 - \old(account->next) : 0);
    ensures claimed: size_grows{Pre,Here}(&account->report->claimed, stating(account) == 0 &&
        account->open[ENTRY] == 0 && account->open[CLAIM] > 0 ? last + 1 - \old(account->next) : 0);
    ensures clipped: size_grows{Pre,Here}(&account->report->clipped, mapping(account) == 0 &&
        stating(account) > 0 && \old(account->next) > account->width_last
            ? last + 1 - \old(account->next) : 0);
    ensures lost: size_grows{Pre,Here}(&account->report->lost, mapping(account) == 0 &&
        account->open[STATED] > 0 && \old(account->next) <= account->width_last
            ? last + 1 - \old(account->next) : 0);
    ensures dropped: size_grows{Pre,Here}(&account->report->dropped, mapping(account) == 0 &&
        account->open[STATED] == 0 && account->open[DROPPED] > 0 &&
        \old(account->next) <= account->width_last ? last + 1 - \old(account->next) : 0); */
static void add_bytes(struct account *account, uint64_t last)
{
    uint64_t pages = (last - account->next) / PAGE_BYTES;
    uint64_t bytes = (last - account->next) % PAGE_BYTES + 1;

    //@ assert size: pages * 4096 + bytes == last + 1 - account->next;
    add_alike(account, pages, bytes);
    //@ assert width: account->width_last == \at(account->width_last, Pre);
    //@ assert begun: account->next == \at(account->next, Pre);
    //@ ghost Added: ;
    account->next = last + 1;
    account->at_end = last == UINT64_MAX;
    //@ assert width_still: account->width_last == \at(account->width_last, Added);
    //@ assert clipped: size_grows{Added,Here}(&account->report->clipped, 0);
    //@ assert lost: size_grows{Added,Here}(&account->report->lost, 0);
    //@ assert dropped: size_grows{Added,Here}(&account->report->dropped, 0);
}

/* The same up to `last`, on both sides of the address width; nothing where that is done already. */
/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires !account->at_end ==> fits(account->report, account->next);
    assigns account->next, account->at_end, account->report->stated, account->report->lost,
        account->report->clipped, account->report->dropped, account->report->grown,
        account->report->claimed;
    ensures fits: !account->at_end ==> fits(account->report, account->next);
    ensures next: !\old(account->at_end) && last >= \old(account->next) ==>
        account->next == (uint64_t)(last + 1) && (account->at_end <==> last == UINT64_MAX);
    ensures none: \old(account->at_end) || last < \old(account->next) ==>
        account->next == \old(account->next) && account->at_end == \old(account->at_end); */
static void add_bytes_to(struct account *account, uint64_t last)
{
    if (account->at_end || last < account->next)
        return;
    if (account->next <= account->width_last && last > account->width_last) {
        add_bytes(account, account->width_last);
        //@ assert halfway: fits(account->report, account->next);
    }
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

/*@ requires \valid(account) && \valid(account->report) && \separated(account, account->report);
    requires \valid_read(place) && \separated(place, account, account->report);
    requires !account->at_end ==> fits(account->report, account->next);
    assigns account->next, account->at_end, account->open[0 .. LAYER_COUNT - 1], account->ended,
        account->ended_last, *account->report;
    ensures fits: !account->at_end ==> fits(account->report, account->next); */
static void step(struct account *account, const struct place *place)
{
    unsigned layer = place->what / 2 % LAYER_COUNT; /* below it already */

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

/*@ requires \valid(report);
    assigns report->stated, report->claimed, report->grown, report->lost, report->clipped,
        report->dropped;
    ensures fits: fits(report, 0); */
static void clear_sizes(struct memmap_report *report)
{
    const struct memmap_size none = {0};

    report->stated = none;
    report->claimed = none;
    report->grown = none;
    report->lost = none;
    report->clipped = none;
    report->dropped = none;
}

/*@ requires input_readable(input) && \valid(report);
    requires \valid(places + (0 .. places_of(input) - 1));
    requires \valid(spare + (0 .. places_of(input) - 1));
    requires \separated(places + (0 .. places_of(input) - 1), spare + (0 .. places_of(input) - 1));
    requires \separated(report, places + (0 .. places_of(input) - 1));
    requires \separated(report, spare + (0 .. places_of(input) - 1));
    requires \separated(input, places + (0 .. places_of(input) - 1), report);
    assigns places[0 .. places_of(input) - 1], spare[0 .. places_of(input) - 1], *report; */
void memmap_account_bytes(const struct memmap_input *input, struct place *places,
                          struct place *spare, struct memmap_report *report)
{
    struct account account = {.report = report,
                              .width_pfn = width_pfn_of(input),
                              .width_last = UINT64_MAX >> (64 - input->physical_bits),
                              .places = places};
    const struct memmap_source *source = &input->source;
    const struct memmap_claim *claims = input->claims;
    uint32_t claim_count = input->claim_count;
    const struct place *sorted;
    size_t count;

    /* First bytes before last ones: the sort keeps that order where both are one byte. */
    add_entries(&account, source, 0);
    add_claims(&account, claims, claim_count, 0);
    add_entries(&account, source, IS_LAST);
    add_claims(&account, claims, claim_count, IS_LAST);
    count = account.count;
    //@ assert count <= \at(places_of(input), Pre) <= 0x180000000;
    //@ assert account.report == report && account.places == places;
    sorted = memmap_places_sort(places, spare, count);
    clear_sizes(report);
    //@ assert fits: fits(report, account.next);
    /*@ loop invariant 0 <= i <= count && account.report == report;
        loop invariant fits: !account.at_end ==> fits(report, account.next);
        loop assigns i, account, *report;
        loop variant count - i; */
    for (size_t i = 0; i < count; i++)
        step(&account, &sorted[i]);
}
