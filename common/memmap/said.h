/* SPDX-License-Identifier: MIT */
/*
 * Private to the engine: what an input says of a page, as the proofs speak of it. No code.
 * b: the bytes of a source, p: a page, width: one past the last page of the address width.
 */
#ifndef GROMA_MEMMAP_SAID_H
#define GROMA_MEMMAP_SAID_H

#include "memmap/cover.h"
#include "memmap/stated.h"

/*@ // The kind that an entry of bytes [base, end) gives page p: usable memory has the pages wholly
    // inside it, every other kind those it has a byte in; none where it wraps. -1: none.
    logic integer range_rank(integer base, integer end, integer kind, integer p, integer width) =
        p < width && base < end && end <= 0x10000000000000000 &&
        ((kind == MEMMAP_USABLE && base <= p * 4096 && p * 4096 + 4096 <= end) ||
         (kind != MEMMAP_USABLE && base / 4096 <= p && p * 4096 < end)) ? kind : -1;
    // The same of the entry at `at`.
    logic integer stated_rank{L}(uint8_t *at, integer format, integer wb, integer p,
                                 integer width) =
        range_rank(stated_base(at, format), stated_base(at, format) + stated_bytes(at, format),
                   stated_kind(at, format, wb), p, width);
    // The bytes of entry i. (A name for the product, by which the provers find it.)
    logic uint8_t *entry_of(uint8_t *b, integer stride, integer i) = b + i * stride;
    // The highest kind that one of the first n entries gives page p, and one of m claims.
    logic integer entries_rank{L}(uint8_t *b, integer stride, integer format, integer wb,
                                  integer n, integer p, integer width) =
        n <= 0 ? -1 : \max(entries_rank(b, stride, format, wb, n - 1, p, width),
            stated_rank(entry_of(b, stride, n - 1), format, wb, p, width));
    logic integer claims_rank{L}(struct memmap_claim *c, integer m, integer p) =
        m <= 0 ? -1 : \max(claims_rank(c, m - 1, p),
            c[m - 1].first_pfn <= p && p < c[m - 1].end_pfn ? c[m - 1].kind : -1);
    logic integer source_rank{L}(struct memmap_source *s, integer p, integer width) =
        entries_rank(s->bytes, s->stride_bytes, s->format, s->assume_wb, s->count, p, width);
    // What the whole engine is about: the highest kind that the input gives page p.
    logic integer input_rank{L}(struct memmap_input *in, integer p) =
        \max(source_rank(&in->source, p, width_of(in)),
             claims_rank(in->claims, in->claim_count, p)); */

/*@ // In B, the n bytes at b are those that stood at a in A; the first is named, for the provers.
    predicate bytes_as{A,B}(uint8_t *a, uint8_t *b, integer n) =
        (0 < n ==> \at(*a, A) == \at(*b, B)) &&
        \forall integer k; 0 <= k < n ==> \at(a[k], A) == \at(b[k], B);
    // The first n bytes of entry i lie inside m entries.
    predicate entry_within(integer i, integer m, integer n, integer stride) =
        0 <= i * stride && i * stride + n <= m * stride;
    predicate entries_within(integer m, integer n, integer stride) =
        \forall integer i; 0 <= i < m ==> entry_within(i, m, n, stride);
    predicate all_bytes_as{A,B}(uint8_t *a, uint8_t *b, integer stride, integer m) =
        bytes_as{A,B}(a, b, m * stride);
    predicate entries_as{A,B}(uint8_t *a, uint8_t *b, integer stride, integer format, integer m) =
        \forall integer i; 0 <= i < m ==>
        bytes_as{A,B}(entry_of(a, stride, i), entry_of(b, stride, i), smallest_stride(format));
    predicate claims_stay{A,B}(struct memmap_claim *c, integer n) =
        \forall integer i; 0 <= i < n ==>
        \at(c[i].first_pfn, B) == \at(c[i].first_pfn, A) &&
        \at(c[i].end_pfn, B) == \at(c[i].end_pfn, A) && \at(c[i].kind, B) == \at(c[i].kind, A);
    predicate source_stays{A,B}(struct memmap_source *s) =
        \at(s->format, B) == \at(s->format, A) && \at(s->bytes, B) == \at(s->bytes, A) &&
        \at(s->stride_bytes, B) == \at(s->stride_bytes, A) &&
        \at(s->count, B) == \at(s->count, A) && \at(s->assume_wb, B) == \at(s->assume_wb, A);
    // All that an input says, in the bytes of its source, too.
    predicate input_stays{A,B}(struct memmap_input *in) = source_stays{A,B}(\at(&in->source, A)) &&
        \at(in->claims, B) == \at(in->claims, A) &&
        \at(in->claim_count, B) == \at(in->claim_count, A) &&
        \at(in->physical_bits, B) == \at(in->physical_bits, A) &&
        entries_as{A,B}(\at(in->source.bytes, A), \at(in->source.bytes, A),
                        \at(in->source.stride_bytes, A), \at(in->source.format, A),
                        \at(in->source.count, A)) &&
        claims_stay{A,B}(\at(in->claims, A), \at(in->claim_count, A)); */

/*@ // In B, the first n spans are those of A.
    predicate spans_stay{A,B}(struct span *s, integer n) = \forall integer k; 0 <= k < n ==>
        \at(s[k].first_pfn, B) == \at(s[k].first_pfn, A) &&
        \at(s[k].end_pfn, B) == \at(s[k].end_pfn, A) &&
        \at(s[k].origin, B) == \at(s[k].origin, A) &&
        \at(s[k].kind, B) == \at(s[k].kind, A) && \at(s[k].form, B) == \at(s[k].form, A) &&
        \at(s[k].loaded, B) == \at(s[k].loaded, A);
    // In B, the span is that of the claim as it was in A.
    predicate is_of_claim{A,B}(struct span *s, struct memmap_claim *c, integer origin) =
        \at(s->first_pfn, B) == \at(c->first_pfn, A) &&
        \at(s->end_pfn, B) == \at(c->end_pfn, A) && \at(s->kind, B) == \at(c->kind, A) &&
        \at(s->origin, B) == origin && \at(s->form, B) == SPAN_CLAIM &&
        \at(s->loaded, B) <= 1;
    // The pages of a span are those that bytes [base, end) of a kind have.
    predicate span_is{L}(struct span *s, integer base, integer end, integer kind, integer width) =
        \forall integer p; (s->first_pfn <= p && p < s->end_pfn ? s->kind : -1) ==
            range_rank(base, end, kind, p, width);
    // Behind n spans, one more was taken in for the entry at `at`, or none: it has no bytes.
    predicate entry_taken{A,B}(struct span *s, integer n, integer m, uint8_t *at, integer format,
                               integer wb, integer width) =
        (m == n && stated_bytes{A}(at, format) == 0) || (m == n + 1 &&
            span_is{B}(s + n, stated_base{A}(at, format),
                       stated_base{A}(at, format) + stated_bytes{A}(at, format),
                       stated_kind{A}(at, format, wb), width));
    // For each page, n spans in B say what i entries say in A.
    predicate ranks_of_entries{A,B}(struct span *s, integer n, uint8_t *b, integer stride,
                                    integer format, integer wb, integer i, integer width) =
        \forall integer p; rank_at{B}(s, n, p) ==
            entries_rank{A}(b, stride, format, wb, i, p, width);
    // The same of k spans and i claims.
    predicate ranks_with_claims{A,B}(struct span *s, integer k, integer n,
                                     struct memmap_claim *c, integer i) =
        \forall integer p; rank_at{B}(s, n, p) ==
            \max(rank_at{A}(s, k, p), claims_rank{A}(c, i, p)); */

#endif
