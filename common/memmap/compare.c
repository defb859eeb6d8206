/* SPDX-License-Identifier: MIT */
/* Equality, differences and the digest; see compare.h. */
#include "memmap/compare.h"

/*@ predicate same_fate{L}(struct memmap_region *a, struct memmap_region *b) =
        a->first_pfn == b->first_pfn && a->end_pfn == b->end_pfn && a->kind == b->kind &&
        a->attributes == b->attributes; */

/*@ requires \valid_read(left) && \valid_read(right);
    assigns \nothing;
    ensures \result <==> same_fate(left, right); */
static bool regions_are_equal(const struct memmap_region *left, const struct memmap_region *right)
{
    return left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
           left->kind == right->kind && left->attributes == right->attributes;
}

/*@ requires map_readable(left) && map_readable(right);
    assigns \nothing;
    ensures \result <==> left->count == right->count && \forall integer i; 0 <= i < left->count ==>
        same_fate(&left->regions[i], &right->regions[i]); */
bool memmap_equal(const struct memmap *left, const struct memmap *right)
{
    if (left->count != right->count)
        return false;
    /*@ loop invariant 0 <= i <= left->count;
        loop invariant \forall integer j; 0 <= j < i ==>
            same_fate(&left->regions[j], &right->regions[j]);
        loop assigns i;
        loop variant left->count - i; */
    for (size_t i = 0; i < left->count; i++)
        if (!regions_are_equal(&left->regions[i], &right->regions[i]))
            return false;
    return true;
}

/* ---- differences --------------------------------------------------------------------- */

/*@ // What a map says of page p: a hole, or the kind and attributes of the region that covers it.
    predicate says{L}(struct memmap *m, integer p, struct memmap_side side) =
        side.is_hole
        ? \forall integer i; 0 <= i < m->count ==> !region_covers(&m->regions[i], p)
        : (\exists integer i; 0 <= i < m->count && region_covers(&m->regions[i], p)) &&
            \forall integer i; 0 <= i < m->count && region_covers(&m->regions[i], p) ==>
                m->regions[i].kind == side.kind && m->regions[i].attributes == side.attributes;
    predicate says_from_to{L}(struct memmap *m, integer first, integer end,
                              struct memmap_side side) =
        \forall integer p; first <= p < end ==> says(m, p, side);
    // Do two maps say the same of page p?
    predicate agree{L}(struct memmap *a, struct memmap *b, integer p) =
        ((\exists integer i; 0 <= i < a->count && region_covers(&a->regions[i], p)) <==>
         (\exists integer j; 0 <= j < b->count && region_covers(&b->regions[j], p))) &&
        \forall integer i, j; 0 <= i < a->count && 0 <= j < b->count &&
            region_covers(&a->regions[i], p) && region_covers(&b->regions[j], p) ==>
                a->regions[i].kind == b->regions[j].kind &&
                a->regions[i].attributes == b->regions[j].attributes;
    predicate sides_equal(struct memmap_side a, struct memmap_side b) =
        a.is_hole == b.is_hole && a.kind == b.kind && a.attributes == b.attributes;
    lemma equal_sides_agree{L}: \forall struct memmap *a, *b, struct memmap_side s, t, integer p;
        sides_equal(s, t) ==> says(a, p, s) ==> says(b, p, t) ==> agree(a, b, p);
    // The regions before `index` end at or below pfn.
    predicate done_below{L}(struct memmap *m, integer index, integer pfn) =
        \forall integer i; 0 <= i < index && i < m->count ==> m->regions[i].end_pfn <= pfn;
    predicate is_first_above{L}(struct memmap *m, integer index, integer pfn) =
        done_below(m, index, pfn) && index <= m->count &&
        (index < m->count ==> m->regions[index].end_pfn > pfn);
    logic integer end_of_side{L}(struct memmap *m, integer index, integer pfn) =
        index >= m->count ? PFN_END : m->regions[index].first_pfn <= pfn
        ? m->regions[index].end_pfn : m->regions[index].first_pfn;
    predicate map_kept{A,B}(struct memmap *m) =
        \at(m->count, A) == \at(m->count, B) && \at(m->regions, A) == \at(m->regions, B) &&
        \forall integer i; 0 <= i < \at(m->count, A) ==>
            \at(m->regions[i].first_pfn, A) == \at(m->regions[i].first_pfn, B) &&
            \at(m->regions[i].end_pfn, A) == \at(m->regions[i].end_pfn, B);
    // Half a walk: one of the maps, and how far it is done.
    predicate done_in_order{L}(struct memmap *m, integer index, integer pfn) =
        map_ordered(m) && index <= m->count && done_below(m, index, pfn);
    predicate half_sound{L}(struct memmap *m, integer index, integer pfn) =
        map_readable(m) && done_in_order(m, index, pfn);
    lemma kept_in_order{A,B}: \forall struct memmap *m, integer index, pfn;
        map_kept{A,B}(m) ==> done_in_order{A}(m, index, pfn) ==> done_in_order{B}(m, index, pfn);
    predicate apart_from_map{L}(struct memmap *m, struct memmap_difference_walk *w) =
        \separated(w, m, m->regions + (0 .. m->count - 1));
    predicate walk_sound{L}(struct memmap_difference_walk *w) =
        \valid(w) && w->pfn <= PFN_END &&
        half_sound(w->left, w->left_index, w->pfn) && apart_from_map(w->left, w) &&
        half_sound(w->right, w->right_index, w->pfn) && apart_from_map(w->right, w); */

/* The first region from `index` on that ends above pfn. */
/*@ requires map_readable(map) && index <= map->count && done_below(map, index, pfn);
    assigns \nothing;
    ensures is_first_above(map, \result, pfn); */
static size_t skip_to(const struct memmap *map, size_t index, uint64_t pfn)
{
    /*@ loop invariant index <= map->count && done_below(map, index, pfn);
        loop assigns index;
        loop variant map->count - index; */
    while (index < map->count && map->regions[index].end_pfn <= pfn)
        index++;
    return index;
}

/* What the map says of pfn; region `index` is the first that ends above it. */
/*@ requires map_readable(map) && map_ordered(map) && is_first_above(map, index, pfn);
    assigns \nothing;
    ensures says_from_to(map, pfn, end_of_side(map, index, pfn), \result);
    ensures \result.is_hole ==> \result.kind == 0 && \result.attributes == 0; */
static struct memmap_side side_at(const struct memmap *map, size_t index, uint64_t pfn)
{
    struct memmap_side side = {.is_hole = true};

    if (index < map->count && map->regions[index].first_pfn <= pfn) {
        side.is_hole = false;
        side.kind = (enum memmap_kind)map->regions[index].kind;
        side.attributes = map->regions[index].attributes;
    }
    return side;
}

/* Where what the map says of pfn ends: above pfn, but for pfn = PFN_END. */
/*@ requires map_readable(map) && map_ordered(map) && is_first_above(map, index, pfn);
    assigns \nothing;
    ensures \result == end_of_side(map, index, pfn) <= PFN_END;
    ensures pfn < PFN_END ==> pfn < \result; */
static uint64_t side_end(const struct memmap *map, size_t index, uint64_t pfn)
{
    if (index >= map->count)
        return PFN_END;
    return map->regions[index].first_pfn <= pfn ? map->regions[index].end_pfn
                                                : map->regions[index].first_pfn;
}

/*@ assigns \nothing;
    ensures \result <==> sides_equal(left, right); */
static bool sides_are_equal(struct memmap_side left, struct memmap_side right)
{
    return left.is_hole == right.is_hole && left.kind == right.kind &&
           left.attributes == right.attributes;
}

/*@ requires \valid(walk) && half_sound(left, 0, 0) && half_sound(right, 0, 0);
    requires apart_from_map(left, walk) && apart_from_map(right, walk);
    assigns *walk;
    ensures walk->left == left && walk->right == right && walk->pfn == 0;
    ensures walk_sound(walk); */
void memmap_difference_begin(struct memmap_difference_walk *walk, const struct memmap *left,
                             const struct memmap *right)
{
    walk->left = left;
    walk->right = right;
    walk->left_index = 0;
    walk->right_index = 0;
    walk->pfn = 0;
    //@ assert map_kept{Pre,Here}(left) && map_kept{Pre,Here}(right);
    //@ assert half_sound(left, 0, 0);
    //@ assert half_sound(right, 0, 0);
}

/*
 * The run from `pfn` on in which neither map changes, different or not; an empty one behind both.
 * The regions are the first that end above pfn.
 */
/*@ requires half_sound(left, left_index, pfn) && half_sound(right, right_index, pfn);
    requires is_first_above(left, left_index, pfn) && is_first_above(right, right_index, pfn);
    requires pfn <= PFN_END;
    assigns \nothing;
    ensures \result.first_pfn == pfn <= \result.end_pfn <= PFN_END;
    ensures says_from_to(left, pfn, \result.end_pfn, \result.left);
    ensures says_from_to(right, pfn, \result.end_pfn, \result.right);
    ensures \result.end_pfn == pfn ==> left_index == left->count && right_index == right->count; */
static struct memmap_difference even_run(const struct memmap *left, size_t left_index,
                                       const struct memmap *right, size_t right_index,
                                       uint64_t pfn)
{
    struct memmap_difference run = {.first_pfn = pfn, .end_pfn = pfn};
    uint64_t left_end;
    uint64_t right_end;

    if (left_index >= left->count && right_index >= right->count)
        return run;
    left_end = side_end(left, left_index, pfn);
    right_end = side_end(right, right_index, pfn);
    run.end_pfn = left_end < right_end ? left_end : right_end;
    run.left = side_at(left, left_index, pfn);
    run.right = side_at(right, right_index, pfn);
    return run;
}

/* Steps over what the maps agree on; the next difference, or an empty run where none is left. */
/*@ requires walk_sound(walk);
    assigns walk->left_index, walk->right_index, walk->pfn;
    ensures walk_sound(walk) && walk->pfn == \result.end_pfn;
    ensures \old(walk->pfn) <= \result.first_pfn <= \result.end_pfn;
    ensures \forall integer p; \old(walk->pfn) <= p < \result.first_pfn ==>
        agree{Old}(walk->left, walk->right, p);
    ensures says_from_to{Old}(walk->left, \result.first_pfn, \result.end_pfn, \result.left);
    ensures says_from_to{Old}(walk->right, \result.first_pfn, \result.end_pfn, \result.right);
    ensures \result.first_pfn < \result.end_pfn ==> !sides_equal(\result.left, \result.right);
    ensures \result.first_pfn == \result.end_pfn ==>
        \forall integer p; \old(walk->pfn) <= p ==> agree{Old}(walk->left, walk->right, p); */
static struct memmap_difference advance(struct memmap_difference_walk *walk)
{
    const struct memmap *left = walk->left;
    const struct memmap *right = walk->right;
    size_t left_index = walk->left_index;
    size_t right_index = walk->right_index;
    uint64_t pfn = walk->pfn;
    struct memmap_difference run;

    /* No two runs that adjoin are alike: a map in normal form has no equal neighbours. */
    /*@ loop invariant half_sound(left, left_index, pfn) && half_sound(right, right_index, pfn);
        loop invariant \at(walk->pfn, Pre) <= pfn <= PFN_END;
        loop invariant \forall integer p; \at(walk->pfn, Pre) <= p < pfn ==> agree(left, right, p);
        loop assigns left_index, right_index, pfn, run;
        loop variant PFN_END - pfn; */
    do {
        left_index = skip_to(left, left_index, pfn);
        right_index = skip_to(right, right_index, pfn);
        run = even_run(left, left_index, right, right_index, pfn);
        pfn = run.end_pfn;
        /*@ assert sides_equal(run.left, run.right) ==>
            \forall integer p; run.first_pfn <= p < pfn ==> agree(left, right, p); */
    } while (run.first_pfn < pfn && sides_are_equal(run.left, run.right));
    walk->left_index = left_index;
    walk->right_index = right_index;
    walk->pfn = pfn;
    //@ assert map_kept{Pre,Here}(left) && map_kept{Pre,Here}(right);
    //@ assert done_in_order(left, left_index, pfn) && done_in_order(right, right_index, pfn);
    return run;
}

/*@ requires walk_sound(walk) && \valid(ret_difference) && \separated(ret_difference, walk);
    requires \separated(ret_difference, walk->left,
                        walk->left->regions + (0 .. walk->left->count - 1));
    requires \separated(ret_difference, walk->right,
                        walk->right->regions + (0 .. walk->right->count - 1));
    assigns walk->left_index, walk->right_index, walk->pfn, *ret_difference;
    ensures walk_sound(walk);
    // What is returned is a difference, all of it, and what lies before it is none.
    ensures \result ==> ret_difference->end_pfn == walk->pfn &&
        \old(walk->pfn) <= ret_difference->first_pfn < ret_difference->end_pfn;
    ensures \result ==> \forall integer p; \old(walk->pfn) <= p < ret_difference->first_pfn ==>
        agree{Old}(walk->left, walk->right, p);
    ensures \result ==> !sides_equal(ret_difference->left, ret_difference->right);
    ensures \result ==> says_from_to{Old}(walk->left, ret_difference->first_pfn,
                                          ret_difference->end_pfn, ret_difference->left);
    ensures \result ==> says_from_to{Old}(walk->right, ret_difference->first_pfn,
                                          ret_difference->end_pfn, ret_difference->right);
    ensures !\result ==> *ret_difference == \old(*ret_difference);
    ensures !\result ==> \forall integer p; \old(walk->pfn) <= p ==>
        agree{Old}(walk->left, walk->right, p); */
bool memmap_difference_next(struct memmap_difference_walk *walk,
                            struct memmap_difference *ret_difference)
{
    struct memmap_difference run = advance(walk);

    if (run.first_pfn >= run.end_pfn)
        return false;
    //@ ghost found: ;
    ret_difference->first_pfn = run.first_pfn;
    ret_difference->end_pfn = run.end_pfn;
    ret_difference->left.is_hole = run.left.is_hole;
    ret_difference->left.kind = run.left.kind;
    ret_difference->left.attributes = run.left.attributes;
    ret_difference->right.is_hole = run.right.is_hole;
    ret_difference->right.kind = run.right.kind;
    ret_difference->right.attributes = run.right.attributes;
    //@ assert walk->pfn == \at(walk->pfn, found);
    //@ assert map_kept{found,Here}(walk->left) && map_kept{found,Here}(walk->right);
    return true;
}

/* ---- digest ---------------------------------------------------------------------------- */

#define DIGEST_STEP   UINT64_C(0x9e3779b97f4a7c15)
#define DIGEST_SEED_0 UINT64_C(0x67726f6d612d6d30) /* "groma-m0" */
#define DIGEST_SEED_1 UINT64_C(0x67726f6d612d6d31)
#define TWO_TO_27     UINT64_C(0x8000000)
#define TWO_TO_30     UINT64_C(0x40000000)
#define TWO_TO_31     UINT64_C(0x80000000)
#define TWO_TO_33     UINT64_C(0x200000000)

/* splitmix64's finalizer; the divisions are shifts. */
/*@ assigns \nothing; */
static uint64_t mix_0(uint64_t x)
{
    x = (x ^ x / TWO_TO_30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x / TWO_TO_27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x / TWO_TO_31;
}

/* MurmurHash3's finalizer. */
/*@ assigns \nothing; */
static uint64_t mix_1(uint64_t x)
{
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x / TWO_TO_33;
}

/*@ requires \valid(lanes + (0 .. 1));
    assigns lanes[0 .. 1]; */
static void absorb(uint64_t lanes[2], uint64_t word)
{
    lanes[0] = mix_0(lanes[0] ^ word) + DIGEST_STEP;
    lanes[1] = mix_1(lanes[1] ^ word) + DIGEST_STEP;
}

/*@ requires map_readable(map) && \valid(ret_digest + (0 .. 1));
    requires \separated(ret_digest + (0 .. 1), map, map->regions + (0 .. map->count - 1));
    assigns ret_digest[0 .. 1]; */
void memmap_digest(const struct memmap *map, uint64_t ret_digest[2])
{
    ret_digest[0] = DIGEST_SEED_0;
    ret_digest[1] = DIGEST_SEED_1;
    /*@ loop invariant 0 <= i <= map->count;
        loop assigns i, ret_digest[0 .. 1];
        loop variant map->count - i; */
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        absorb(ret_digest, region->first_pfn);
        absorb(ret_digest, region->end_pfn);
        absorb(ret_digest, region->kind);
        absorb(ret_digest, region->attributes);
    }
    absorb(ret_digest, map->count);
}
