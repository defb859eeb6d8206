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

#include "base/bytes.h"

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

static uint32_t load_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static uint64_t load_be64(const uint8_t *bytes)
{
    return (uint64_t)load_be32(bytes) << 32 | load_be32(bytes + 4);
}

/* Does the block begin with this text and its NUL? */
static bool block_is_text(struct block block, const char *text)
{
    for (uint64_t i = 0; i < block.size_bytes && block.bytes[i] == (uint8_t)text[i]; i++) {
        if (text[i] == '\0')
            return true;
    }
    return false;
}

/* A node's name has its NUL, which differs from any byte of the text: no need to look at sizes. */
static bool name_begins_with(struct block name, const char *text)
{
    uint64_t i = 0;

    while (text[i] != '\0' && name.bytes[i] == (uint8_t)text[i])
        i++;
    return text[i] == '\0';
}

static void push_range(struct output *output, uint64_t base_bytes, uint64_t size_bytes,
                       enum memmap_fdt_type type)
{
    if (output->count < output->capacity)
        output->ranges[output->count] = (struct memmap_fdt_range){
            .base_bytes = base_bytes, .size_bytes = size_bytes, .type = type};
    output->count++;
}

static uint64_t load_cells(const uint8_t *bytes, uint32_t cells)
{
    return cells == 1 ? load_be32(bytes) : load_be64(bytes);
}

static enum memmap_status push_reg(const struct walk *walk, struct output *output,
                                   enum memmap_fdt_type type)
{
    struct block reg = walk->node.reg;
    uint32_t pair_bytes;

    if (reg.size_bytes == 0)
        return MEMMAP_OK;
    if (walk->address_cells < 1 || walk->address_cells > 2 || walk->size_cells < 1 ||
        walk->size_cells > 2)
        return MEMMAP_BAD_STRIDE;
    pair_bytes = (walk->address_cells + walk->size_cells) * CELL_BYTES;
    if ((uint32_t)reg.size_bytes % pair_bytes != 0) /* its size is a word of the blob */
        return MEMMAP_BAD_SIZE;
    for (uint64_t at = 0; at < reg.size_bytes; at += pair_bytes)
        push_range(output, load_cells(reg.bytes + at, walk->address_cells),
                   load_cells(reg.bytes + at + walk->address_cells * CELL_BYTES, walk->size_cells),
                   type);
    return MEMMAP_OK;
}

/* Is the open node one whose `reg` counts? */
static bool is_at_range_node(const struct walk *walk)
{
    return (walk->branch == BRANCH_MEMORY && walk->depth == 2) ||
           (walk->branch == BRANCH_RESERVED && walk->depth == 3);
}

static enum branch branch_of_name(struct block name)
{
    if (block_is_text(name, "reserved-memory"))
        return BRANCH_RESERVED;
    return name_begins_with(name, "memory") ? BRANCH_MEMORY : BRANCH_OTHER;
}

/* The rest of the structure block from `at` on. */
static struct block rest_of_structure(const struct walk *walk)
{
    return (struct block){walk->structure.bytes + walk->at, walk->structure.size_bytes - walk->at};
}

/* Steps over size_bytes (below 2^33) and the padding to a cell; false where they are not there. */
static bool step_over(struct walk *walk, uint64_t size_bytes)
{
    uint64_t step_bytes = (size_bytes + CELL_BYTES - 1) / CELL_BYTES * CELL_BYTES;

    if (!range_is_inside(walk->at, step_bytes, walk->structure.size_bytes))
        return false;
    walk->at += step_bytes;
    return true;
}

/* The size of a NUL-terminated name with its NUL; 0 where the NUL is missing. */
static uint64_t name_bytes(struct block block)
{
    for (uint64_t i = 0; i < block.size_bytes; i++) {
        if (block.bytes[i] == 0)
            return i + 1;
    }
    return 0;
}

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

static void take_node_property(struct node *node, struct block name, struct block value)
{
    if (block_is_text(name, "reg"))
        node->reg = value;
    else if (block_is_text(name, "device_type"))
        node->is_memory = block_is_text(value, "memory");
    else if (block_is_text(name, "status"))
        node->is_disabled = !block_is_text(value, "okay") && !block_is_text(value, "ok");
    else if (block_is_text(name, "no-map"))
        node->no_map = true;
}

static enum memmap_status take_property(struct walk *walk, struct block name, struct block value)
{
    if (is_at_range_node(walk)) {
        take_node_property(&walk->node, name, value);
    } else if (walk->depth == 1 || (walk->depth == 2 && walk->branch == BRANCH_RESERVED)) {
        if (block_is_text(name, "#address-cells"))
            return take_cells(walk, value, &walk->address_cells);
        if (block_is_text(name, "#size-cells"))
            return take_cells(walk, value, &walk->size_cells);
    }
    return MEMMAP_OK;
}

/* Property: u32 size of the value, u32 offset of the name, the value, padding. */
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
static enum memmap_status walk_structure(struct walk *walk, struct output *output)
{
    enum memmap_status status = MEMMAP_OK;

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
static enum memmap_status walk_reservations(struct block blob, struct output *output)
{
    uint64_t at = load_be32(blob.bytes + 16);

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

/* Is this a blob that lies inside these bytes? *ret_blob is cut to its total size. */
static bool open_blob(const uint8_t *fdt, uint64_t size_bytes, struct block *ret_blob)
{
    if (size_bytes < HEADER_BYTES || load_be32(fdt) != FDT_MAGIC)
        return false;
    if (load_be32(fdt + 4) < HEADER_BYTES || load_be32(fdt + 4) > size_bytes)
        return false;
    if (load_be32(fdt + 20) < VERSION || load_be32(fdt + 24) > VERSION)
        return false;
    *ret_blob = (struct block){fdt, load_be32(fdt + 4)};
    return true;
}

/* A block that the header places by two words of its own. */
static bool place_block(struct block blob, uint32_t offset_at, uint32_t size_at,
                        struct block *ret_block)
{
    uint64_t offset = load_be32(blob.bytes + offset_at);
    uint64_t size_bytes = load_be32(blob.bytes + size_at);

    if (!range_is_inside(offset, size_bytes, blob.size_bytes))
        return false;
    *ret_block = (struct block){blob.bytes + offset, size_bytes};
    return true;
}

/* One pass; where the root is silent, cell counts are 2 and 1 (2.3.5). */
static enum memmap_status collect(struct block blob, struct output *output)
{
    struct walk walk = {.address_cells = 2, .size_cells = 1};
    enum memmap_status status;

    if (!place_block(blob, 8, 36, &walk.structure) || !place_block(blob, 12, 32, &walk.strings))
        return MEMMAP_BAD_SIZE;
    status = walk_reservations(blob, output);
    return status == MEMMAP_OK ? walk_structure(&walk, output) : status;
}

enum memmap_status memmap_fdt_collect(const void *fdt, uint64_t size_bytes,
                                      struct memmap_fdt_range *ranges, size_t capacity,
                                      size_t *ret_count)
{
    struct output counted = {.ranges = NULL, .capacity = 0, .count = 0};
    struct output filled = {.ranges = ranges, .capacity = capacity, .count = 0};
    enum memmap_status status;
    struct block blob;

    if (!open_blob(fdt, size_bytes, &blob))
        return MEMMAP_BAD_SIZE;
    status = collect(blob, &counted);
    if (status != MEMMAP_OK)
        return status;
    *ret_count = counted.count;
    return counted.count > capacity ? MEMMAP_NO_ROOM : collect(blob, &filled);
}
