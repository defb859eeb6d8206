/* SPDX-License-Identifier: MIT */
/* The address labels under a strip; see axis.h. */
#include "screen/axis.h"

/* Bounds of narrower pieces than this many characters stay without a name. */
#define WORTH_A_LABEL 2u

/* The labels placed so far. */
struct axis {
    const struct strip *strip;
    uint32_t cell_width;
    size_t count;
    struct axis_label *labels;
};

void axis_format_address(struct text *text, uint64_t pfn)
{
    static const char units[6] = {'K', 'M', 'G', 'T', 'P', 'E'};
    uint64_t whole = pfn * 4; /* KiB */
    uint64_t lost = 0;
    unsigned unit = 0;

    if (pfn == 0) {
        text_char(text, '0');
        return;
    }
    while (unit < 5 && (whole >= 10000 || (whole % 1024 == 0 && lost == 0))) {
        lost |= whole % 1024;
        whole /= 1024;
        unit++;
    }
    text_format(text, "%lu%c%s", (unsigned long)whole, units[unit], lost != 0 ? "+" : "");
}

/* The label of a bound, centred on its tick, but inside the strip. */
static struct axis_label label_of(const struct axis *axis, uint64_t pfn, uint32_t tick)
{
    struct axis_label label = {.tick = tick};
    struct text text;

    text_init(&text, label.text, sizeof label.text);
    axis_format_address(&text, pfn);
    label.width = (uint32_t)text.length_bytes * axis->cell_width;
    label.x = tick > label.width / 2 ? tick - label.width / 2 : 0;
    if (label.x + label.width > axis->strip->width)
        label.x = axis->strip->width > label.width ? axis->strip->width - label.width : 0;
    return label;
}

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool is_free(const struct axis *axis, const struct axis_label *label)
{
    for (size_t i = 0; i < axis->count; i++) {
        const struct axis_label *other = &axis->labels[i];

        if (label->x < other->x + other->width + axis->cell_width &&
            other->x < label->x + label->width + axis->cell_width)
            return false;
        if (is_same(label->text, other->text))
            return false;
    }
    return axis->count < AXIS_MAX_LABELS && label->width <= axis->strip->width;
}

static void place(struct axis *axis, const struct axis_label *label)
{
    if (is_free(axis, label))
        axis->labels[axis->count++] = *label;
}

/* Places the free bound with the widest piece on either side; false when none is left. */
static bool place_next(struct axis *axis)
{
    uint32_t widest = WORTH_A_LABEL * axis->cell_width;
    uint32_t before = 0;
    struct axis_label best = {.width = 0};
    struct strip_walk walk;
    struct strip_piece piece;

    strip_walk_begin(&walk, axis->strip);
    while (strip_walk_next(&walk, &piece)) {
        uint32_t width = piece.width > before ? piece.width : before;

        before = piece.width;
        if (width > widest) {
            struct axis_label label = label_of(axis, piece.first_pfn, piece.x);

            if (is_free(axis, &label)) {
                widest = width;
                best = label;
            }
        }
    }
    if (best.width != 0)
        axis->labels[axis->count++] = best;
    return best.width != 0;
}

size_t axis_place_labels(const struct strip *strip, uint32_t cell_width,
                         struct axis_label ret_labels[AXIS_MAX_LABELS])
{
    struct axis axis = {.strip = strip, .cell_width = cell_width, .labels = ret_labels};
    struct axis_label label = label_of(&axis, strip->first_pfn, 0);

    place(&axis, &label);
    if (strip->end_pfn > strip->first_pfn) {
        label = label_of(&axis, strip->end_pfn, strip->width);
        place(&axis, &label);
        while (place_next(&axis))
            ;
    }
    return axis.count;
}
