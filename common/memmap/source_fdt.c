/* SPDX-License-Identifier: MIT */
/*
 * A walk over a flattened devicetree; see source_fdt.h.
 *
 * One pass over the tokens with the depth as the only stack. Invariant: `at` is inside the
 * structure block, and no byte is read that a check has not placed inside its own block.
 *
 *   depth 1  root              #address-cells, #size-cells
 *   depth 2    memory@...      device_type, reg, status
 *   depth 2    reserved-memory
 *   depth 3      child         reg, no-map
 */
#include "memmap/source_fdt.h"

#include "base/bits.h"

enum {
    HEADER_BYTES = 40,
    VERSION = 17,
    CELL_BYTES = 4,
    RESERVATION_BYTES = 16,
    TOKEN_BEGIN_NODE = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
};

#define FDT_MAGIC UINT32_C(0xd00dfeed)

/* A text and its NUL. */
#define TEXT_AND_NUL(text) (text), sizeof(text)

/* Bytes that have been placed inside the blob. */
struct block {
    const uint8_t *bytes;
    uint64_t size_bytes;
};

/* What the node we are in is to us. */
enum branch { BRANCH_OTHER, BRANCH_MEMORY, BRANCH_RESERVED };

/* The memory node, or child of /reserved-memory, that is open. */
struct node {
    struct block reg;
    bool is_memory;
    bool is_disabled;
    bool no_map;
};

struct walk {
    struct block structure;
    struct block strings;
    uint64_t at;       /* in the structure block: the next token */
    uint32_t depth;    /* open nodes */
    bool child_ended;  /* no property may follow in the node that is open now */
    bool root_ended;
    enum branch branch; /* of the node at depth 2 */
    uint32_t address_cells;
    uint32_t size_cells;
    struct node node;
};

/* Where the ranges go; those beyond the capacity are only counted. */
struct output {
    struct memmap_fdt_range *ranges;
    size_t capacity;
    size_t count;
};

/*@ predicate block_readable{L}(struct block b) =
        \valid_read(b.bytes + (0 .. b.size_bytes - 1)) && b.size_bytes <= UINT32_MAX;
    // Between two tokens: everything in the walk lies inside the blob.
    predicate walk_sound{L}(struct walk *w) =
        \valid(w) && block_readable(w->structure) && block_readable(w->strings) &&
        block_readable(w->node.reg) && w->at <= w->structure.size_bytes;
    predicate output_sound{L}(struct output *o) =
        \valid(o) && \valid(o->ranges + (0 .. o->capacity - 1)) &&
        \separated(o, o->ranges + (0 .. o->capacity - 1)); */

/*@ logic integer be32{L}(uint8_t *b) =
        b[3] + b[2] * 0x100 + (b[1] + b[0] * 0x100) * 0x10000; */

/*@ requires \valid_read(bytes + (0 .. 3));
    assigns \nothing;
    ensures \result == be32(bytes); */
static uint32_t load_be32(const uint8_t *bytes)
{
    return join_u32(join_u16(bytes[3], bytes[2]), join_u16(bytes[1], bytes[0]));
}

/*@ requires \valid_read(bytes + (0 .. 7));
    assigns \nothing;
    ensures \result == be32(bytes) * 0x100000000 + be32(bytes + 4); */
static uint64_t load_be64(const uint8_t *bytes)
{
    return join_u64(load_be32(bytes + 4), load_be32(bytes));
}

/* Does the block begin with these bytes of a text? */
/*@ requires block_readable(block) && \valid_read(text + (0 .. text_bytes - 1));
    assigns \nothing;
    ensures \result <==> text_bytes <= block.size_bytes &&
        \forall integer i; 0 <= i < text_bytes ==> block.bytes[i] == (uint8_t)text[i]; */
static bool block_is_text(struct block block, const char *text, size_t text_bytes)
{
    if (text_bytes > block.size_bytes)
        return false;
    /*@ loop invariant 0 <= i <= text_bytes;
        loop invariant \forall integer j; 0 <= j < i ==> block.bytes[j] == (uint8_t)text[j];
        loop assigns i;
        loop variant text_bytes - i; */
    for (size_t i = 0; i < text_bytes; i++) {
        if (block.bytes[i] != (uint8_t)text[i])
            return false;
    }
    return true;
}

/*@ requires output_sound(output);
    assigns output->count, output->ranges[0 .. output->capacity - 1];
    ensures output->count == (size_t)(\old(output->count) + 1); */
static void push_range(struct output *output, uint64_t base_bytes, uint64_t size_bytes,
                       enum memmap_fdt_type type)
{
    if (output->count < output->capacity)
        output->ranges[output->count] = (struct memmap_fdt_range){
            .base_bytes = base_bytes, .size_bytes = size_bytes, .type = type};
    output->count++;
}

/*@ requires (cells == 1 || cells == 2) && \valid_read(bytes + (0 .. 4 * cells - 1));
    assigns \nothing; */
static uint64_t load_cells(const uint8_t *bytes, uint32_t cells)
{
    return cells == 1 ? load_be32(bytes) : load_be64(bytes);
}

/*@ requires walk_sound(walk) && output_sound(output);
    assigns output->count, output->ranges[0 .. output->capacity - 1]; */
static enum memmap_status push_reg(const struct walk *walk, struct output *output,
                                   enum memmap_fdt_type type)
{
    struct block reg = walk->node.reg;
    uint32_t address_cells = walk->address_cells;
    uint32_t size_cells = walk->size_cells;
    uint32_t pair_bytes;

    if (reg.size_bytes == 0)
        return MEMMAP_OK;
    if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2)
        return MEMMAP_BAD_STRIDE;
    pair_bytes = (address_cells + size_cells) * CELL_BYTES;
    if ((uint32_t)reg.size_bytes % pair_bytes != 0) /* its size is a word of the blob */
        return MEMMAP_BAD_SIZE;
    //@ ghost struct memmap_fdt_range *ranges = output->ranges;
    //@ ghost size_t capacity = output->capacity;
    /*@ loop invariant 0 <= at <= reg.size_bytes && output_sound(output);
        loop invariant output->ranges == ranges && output->capacity == capacity;
        loop assigns at, output->count, ranges[0 .. capacity - 1];
        loop variant reg.size_bytes - at; */
    for (uint64_t at = 0; reg.size_bytes - at >= pair_bytes; at += pair_bytes)
        push_range(output, load_cells(reg.bytes + at, address_cells),
                   load_cells(reg.bytes + at + address_cells * CELL_BYTES, size_cells), type);
    return MEMMAP_OK;
}

/* Is the open node one whose `reg` counts? */
/*@ requires \valid_read(walk);
    assigns \nothing;
    ensures \result <==> (walk->branch == BRANCH_MEMORY && walk->depth == 2) ||
        (walk->branch == BRANCH_RESERVED && walk->depth == 3); */
static bool is_at_range_node(const struct walk *walk)
{
    return (walk->branch == BRANCH_MEMORY && walk->depth == 2) ||
           (walk->branch == BRANCH_RESERVED && walk->depth == 3);
}

/*@ requires block_readable(name);
    assigns \nothing; */
static enum branch branch_of_name(struct block name)
{
    if (block_is_text(name, TEXT_AND_NUL("reserved-memory")))
        return BRANCH_RESERVED;
    return block_is_text(name, "memory", sizeof "memory" - 1) ? BRANCH_MEMORY : BRANCH_OTHER;
}

/* The rest of the structure block from `at` on. */
/*@ requires walk_sound(walk);
    assigns \result \from *walk;
    ensures block_readable(\result) && \result.bytes == walk->structure.bytes + walk->at &&
        \result.size_bytes == walk->structure.size_bytes - walk->at; */
static struct block rest_of_structure(const struct walk *walk)
{
    return (struct block){walk->structure.bytes + walk->at, walk->structure.size_bytes - walk->at};
}

/* Steps over size_bytes (below 2^33) and the padding to a cell; false where they are not there. */
/*@ requires walk_sound(walk) && size_bytes <= 0x1ffffffff;
    assigns walk->at;
    ensures walk_sound(walk);
    ensures \result ? size_bytes <= walk->at - \old(walk->at) <= size_bytes + 3
                    : walk->at == \old(walk->at); */
static bool step_over(struct walk *walk, uint64_t size_bytes)
{
    uint64_t step_bytes = (size_bytes + CELL_BYTES - 1) / CELL_BYTES * CELL_BYTES;

    if (!range_is_inside(walk->at, step_bytes, walk->structure.size_bytes))
        return false;
    walk->at += step_bytes;
    return true;
}

/* The size of a NUL-terminated name with its NUL; 0 where the NUL is missing. */
/*@ requires block_readable(block);
    assigns \nothing;
    ensures \result <= block.size_bytes && (\result > 0 ==> block.bytes[\result - 1] == 0); */
static uint64_t name_bytes(struct block block)
{
    /*@ loop invariant 0 <= i <= block.size_bytes;
        loop assigns i;
        loop variant block.size_bytes - i; */
    for (uint64_t i = 0; i < block.size_bytes; i++) {
        if (block.bytes[i] == 0)
            return i + 1;
    }
    return 0;
}

/*@ requires walk_sound(walk);
    assigns *walk;
    ensures walk_sound(walk) && walk->at >= \old(walk->at) &&
        walk->structure.size_bytes == \old(walk->structure.size_bytes); */
static enum memmap_status begin_node(struct walk *walk)
{
    struct block name = rest_of_structure(walk);

    name.size_bytes = name_bytes(name);
    if (name.size_bytes == 0 || !step_over(walk, name.size_bytes) || walk->root_ended)
        return MEMMAP_BAD_SIZE;
    walk->depth++;
    walk->child_ended = false;
    if (walk->depth == 2)
        walk->branch = branch_of_name(name);
    if (is_at_range_node(walk))
        walk->node = (struct node){.is_memory = false};
    return MEMMAP_OK;
}

/*@ requires walk_sound(walk) && output_sound(output);
    requires \separated(walk, output, output->ranges + (0 .. output->capacity - 1));
    assigns walk->depth, walk->child_ended, walk->root_ended;
    assigns output->count, output->ranges[0 .. output->capacity - 1];
    ensures walk_sound(walk); */
static enum memmap_status end_node(struct walk *walk, struct output *output)
{
    enum memmap_status status = MEMMAP_OK;

    if (walk->depth == 0)
        return MEMMAP_BAD_SIZE;
    if (is_at_range_node(walk)) {
        const struct node *node = &walk->node;
        if (walk->branch == BRANCH_RESERVED)
            status = push_reg(walk, output, node->no_map ? MEMMAP_FDT_NO_MAP : MEMMAP_FDT_RESERVED);
        else if (node->is_memory && !node->is_disabled)
            status = push_reg(walk, output, MEMMAP_FDT_MEMORY);
    }
    walk->depth--;
    walk->child_ended = true;
    walk->root_ended = walk->depth == 0;
    return status;
}

/* A cell count: the root sets it, /reserved-memory may only repeat it. */
/*@ requires \valid_read(walk) && \valid(cells) && block_readable(value);
    assigns *cells; */
static enum memmap_status take_cells(const struct walk *walk, struct block value, uint32_t *cells)
{
    if (value.size_bytes != CELL_BYTES)
        return MEMMAP_BAD_SIZE;
    if (walk->depth == 1)
        *cells = load_be32(value.bytes);
    else if (*cells != load_be32(value.bytes))
        return MEMMAP_BAD_STRIDE;
    return MEMMAP_OK;
}

/*@ requires \valid(node) && block_readable(name) && block_readable(value) &&
        block_readable(node->reg);
    assigns *node;
    ensures block_readable(node->reg); */
static void take_node_property(struct node *node, struct block name, struct block value)
{
    if (block_is_text(name, TEXT_AND_NUL("reg")))
        node->reg = value;
    else if (block_is_text(name, TEXT_AND_NUL("device_type")))
        node->is_memory = block_is_text(value, TEXT_AND_NUL("memory"));
    else if (block_is_text(name, TEXT_AND_NUL("status")))
        node->is_disabled = !block_is_text(value, TEXT_AND_NUL("okay")) &&
                            !block_is_text(value, TEXT_AND_NUL("ok"));
    else if (block_is_text(name, TEXT_AND_NUL("no-map")))
        node->no_map = true;
}

/*@ requires walk_sound(walk) && block_readable(name) && block_readable(value);
    assigns walk->node, walk->address_cells, walk->size_cells;
    ensures walk_sound(walk); */
static enum memmap_status take_property(struct walk *walk, struct block name, struct block value)
{
    if (is_at_range_node(walk)) {
        take_node_property(&walk->node, name, value);
    } else if (walk->depth == 1 || (walk->depth == 2 && walk->branch == BRANCH_RESERVED)) {
        if (block_is_text(name, TEXT_AND_NUL("#address-cells")))
            return take_cells(walk, value, &walk->address_cells);
        if (block_is_text(name, TEXT_AND_NUL("#size-cells")))
            return take_cells(walk, value, &walk->size_cells);
    }
    return MEMMAP_OK;
}

/* Property: u32 size of the value, u32 offset of the name, the value, padding. */
/*@ requires walk_sound(walk);
    assigns walk->at, walk->node, walk->address_cells, walk->size_cells;
    ensures walk_sound(walk) && walk->at >= \old(walk->at); */
static enum memmap_status read_property(struct walk *walk)
{
    struct block head = rest_of_structure(walk);
    struct block name, value;
    uint32_t name_offset;

    if (!step_over(walk, 2 * CELL_BYTES) || walk->depth == 0 || walk->child_ended)
        return MEMMAP_BAD_SIZE;
    name_offset = load_be32(head.bytes + CELL_BYTES);
    value = rest_of_structure(walk);
    value.size_bytes = load_be32(head.bytes);
    if (name_offset >= walk->strings.size_bytes || !step_over(walk, value.size_bytes))
        return MEMMAP_BAD_SIZE;
    name = (struct block){walk->strings.bytes + name_offset,
                          walk->strings.size_bytes - name_offset};
    return take_property(walk, name, value);
}

/* Walks the structure block up to its end token. */
/*@ requires walk_sound(walk) && output_sound(output);
    requires \separated(walk, output, output->ranges + (0 .. output->capacity - 1));
    assigns *walk;
    assigns output->count, output->ranges[0 .. output->capacity - 1]; */
static enum memmap_status walk_structure(struct walk *walk, struct output *output)
{
    enum memmap_status status = MEMMAP_OK;
    //@ ghost struct memmap_fdt_range *ranges = output->ranges;
    //@ ghost size_t capacity = output->capacity;

    /*@ loop invariant walk_sound(walk) && output_sound(output);
        loop invariant walk->structure.size_bytes == \at(walk->structure.size_bytes, Pre);
        loop invariant output->ranges == ranges && output->capacity == capacity;
        loop assigns status, *walk, output->count, ranges[0 .. capacity - 1];
        loop variant walk->structure.size_bytes - walk->at; */
    while (status == MEMMAP_OK) {
        struct block token = rest_of_structure(walk);
        if (!step_over(walk, CELL_BYTES))
            return MEMMAP_BAD_SIZE;
        switch (load_be32(token.bytes)) {
        case TOKEN_BEGIN_NODE:
            status = begin_node(walk);
            break;
        case TOKEN_END_NODE:
            status = end_node(walk, output);
            break;
        case TOKEN_PROP:
            status = read_property(walk);
            break;
        case TOKEN_NOP:
            break;
        case TOKEN_END:
            return walk->root_ended ? MEMMAP_OK : MEMMAP_BAD_SIZE;
        default:
            return MEMMAP_BAD_SIZE;
        }
    }
    return status;
}

/* The memory reservation block has no size: it ends with an entry of two zeros (5.3.2). */
/*@ requires block_readable(blob) && blob.size_bytes >= HEADER_BYTES && output_sound(output);
    assigns output->count, output->ranges[0 .. output->capacity - 1];
    ensures output_sound(output); */
static enum memmap_status walk_reservations(struct block blob, struct output *output)
{
    uint64_t at = load_be32(blob.bytes + 16);
    //@ ghost struct memmap_fdt_range *ranges = output->ranges;
    //@ ghost size_t capacity = output->capacity;

    /*@ loop invariant at <= 0x200000000 && output_sound(output);
        loop invariant output->ranges == ranges && output->capacity == capacity;
        loop assigns at, output->count, ranges[0 .. capacity - 1];
        loop variant 0x200000000 - at; */
    while (range_is_inside(at, RESERVATION_BYTES, blob.size_bytes)) {
        uint64_t base_bytes = load_be64(blob.bytes + at);
        uint64_t size_bytes = load_be64(blob.bytes + at + 8);
        if (base_bytes == 0 && size_bytes == 0)
            return MEMMAP_OK;
        push_range(output, base_bytes, size_bytes, MEMMAP_FDT_RESERVATION);
        at += RESERVATION_BYTES;
    }
    return MEMMAP_BAD_SIZE;
}

/* The blob that these bytes begin with, cut to its total size; of no size where there is none. */
/*@ requires \valid_read(fdt + (0 .. size_bytes - 1));
    assigns \result \from fdt, size_bytes, fdt[0 .. size_bytes - 1];
    ensures block_readable(\result);
    ensures \result.size_bytes == 0 || \result.size_bytes >= HEADER_BYTES; */
static struct block open_blob(const uint8_t *fdt, uint64_t size_bytes)
{
    struct block blob = {NULL, 0};

    if (size_bytes < HEADER_BYTES || load_be32(fdt) != FDT_MAGIC)
        return blob;
    if (load_be32(fdt + 4) < HEADER_BYTES || load_be32(fdt + 4) > size_bytes)
        return blob;
    if (load_be32(fdt + 20) < VERSION || load_be32(fdt + 24) > VERSION)
        return blob;
    blob.bytes = fdt;
    blob.size_bytes = load_be32(fdt + 4);
    return blob;
}

/* A block that the header places by two words of its own. */
/*@ requires block_readable(blob) && offset_at <= HEADER_BYTES - 4 && \valid(ret_block);
    requires blob.size_bytes >= HEADER_BYTES && size_at <= HEADER_BYTES - 4;
    assigns *ret_block;
    ensures \result ==> block_readable(*ret_block); */
static bool place_block(struct block blob, uint32_t offset_at, uint32_t size_at,
                        struct block *ret_block)
{
    uint64_t offset = load_be32(blob.bytes + offset_at);
    uint64_t size_bytes = load_be32(blob.bytes + size_at);

    if (!range_is_inside(offset, size_bytes, blob.size_bytes))
        return false;
    ret_block->bytes = blob.bytes + offset;
    ret_block->size_bytes = size_bytes;
    return true;
}

/* One pass; where the root is silent, cell counts are 2 and 1 (2.3.5). */
/*@ requires block_readable(blob) && blob.size_bytes >= HEADER_BYTES && output_sound(output);
    assigns output->count, output->ranges[0 .. output->capacity - 1]; */
static enum memmap_status collect(struct block blob, struct output *output)
{
    struct walk walk = {.address_cells = 2, .size_cells = 1};
    enum memmap_status status = walk_reservations(blob, output);

    if (status != MEMMAP_OK)
        return status;
    if (!place_block(blob, 8, 36, &walk.structure) || !place_block(blob, 12, 32, &walk.strings))
        return MEMMAP_BAD_SIZE;
    //@ assert walk_sound(&walk);
    return walk_structure(&walk, output);
}

/*@ requires \valid_read((uint8_t *)fdt + (0 .. size_bytes - 1)) && \valid(ret_count);
    requires \valid(ranges + (0 .. capacity - 1));
    requires \separated(ret_count, ranges + (0 .. capacity - 1));
    assigns *ret_count, ranges[0 .. capacity - 1];
    ensures \result == MEMMAP_OK ==> *ret_count <= capacity; */
enum memmap_status memmap_fdt_collect(const void *fdt, uint64_t size_bytes,
                                      struct memmap_fdt_range *ranges, size_t capacity,
                                      size_t *ret_count)
{
    struct output counted = {.ranges = NULL, .capacity = 0, .count = 0};
    struct output filled = {.ranges = ranges, .capacity = capacity, .count = 0};
    enum memmap_status status;
    struct block blob = open_blob(fdt, size_bytes);

    if (blob.size_bytes == 0)
        return MEMMAP_BAD_SIZE;
    status = collect(blob, &counted);
    if (status != MEMMAP_OK)
        return status;
    *ret_count = counted.count;
    return counted.count > capacity ? MEMMAP_NO_ROOM : collect(blob, &filled);
}
