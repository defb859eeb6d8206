/* SPDX-License-Identifier: MIT */
/* The instance under exploration: one piece of memory, saved once and restored for each walk. */
#include <stdio.h>
#include <string.h>

#include "explore.h"
#include "frames/tree.h"

struct world world;
static struct world saved;

void world_save(void)
{
    memcpy(&saved, &world, sizeof world);
}

void world_restore(void)
{
    memcpy(&world, &saved, sizeof world);
}

static bool is_in(const void *array, size_t bytes, const void *word)
{
    return (const uint8_t *)word >= (const uint8_t *)array &&
           (const uint8_t *)word < (const uint8_t *)array + bytes;
}

/* A word of the tree. */
static bool name_of_span(const struct frames_span *span, const void *word, char *text, size_t size)
{
    static const char *const group_words[] = {"SOME", "WHOLE", "LINED", "MANAGED"};
    static const char *const row_words[] = {"SOME", "WHOLE", "READY", "GIANT"};
    size_t lines = (size_t)(span->end_block - span->first_block);
    size_t base = (size_t)(BASE_PFN >> BLOCK_SHIFT);
    struct block first = block_of(span, span->first_block);

    if (is_in(first.line, lines * sizeof *first.line, word)) {
        size_t i = (size_t)((const uint64_t *)word - (const uint64_t *)(void *)first.line);
        snprintf(text, size, "line %zu[%zu]", span->first_block - base + i / LINE_WORDS, i % LINE_WORDS);
    } else if (is_in(first.group, (lines + 1) * sizeof *first.group, word) &&
               !is_in(first.row, sizeof *first.row, word)) {
        size_t i = (size_t)((const uint64_t *)word - (const uint64_t *)(void *)first.group);
        snprintf(text, size, "group %zu %s", (span->first_block - base) / GROUP_BLOCKS + i / GROUP_WORDS,
                 group_words[i % GROUP_WORDS]);
    } else if (is_in(first.row, sizeof *first.row, word)) {
        size_t i = (size_t)((const uint64_t *)word - (const uint64_t *)(void *)first.row);
        snprintf(text, size, "row %s", row_words[i % ROW_WORDS]);
    } else {
        return false;
    }
    return true;
}

void world_name(size_t index, char *text, size_t size)
{
    const void *word = world_word(index);
    const struct frames *frames = &world.frames;

    for (size_t i = 0; i < frames->span_count; i++) {
        if (name_of_span(&frames->spans[i], word, text, size))
            return;
    }
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        if (is_in(&world.caches[i], sizeof world.caches[i], word)) {
            static const char *const names[] = {"take_mask", "give_mask", "busy"};
            size_t k = (size_t)((const uint64_t *)word - (const uint64_t *)(void *)&world.caches[i]);
            snprintf(text, size, "cache %u %s", i, k < 3 ? names[k] : "?");
            return;
        }
    }
    if (is_in(frames->hints, sizeof frames->hints, word))
        snprintf(text, size, "hints[%zu]", (size_t)((const _Atomic uint64_t *)word - frames->hints));
    else if (word == &frames->moves)
        snprintf(text, size, "moves");
    else if (word == &frames->seekers)
        snprintf(text, size, "seekers");
    else
        snprintf(text, size, "word %zu", index);
}
