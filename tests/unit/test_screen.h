/* SPDX-License-Identifier: MIT */
/*
 * A canvas for the screen's tests: pixels between guards, with padding at the end of each
 * line, all junk at first. A drawn pixel has top byte 0, junk has not.
 */
#ifndef TEST_SCREEN_H
#define TEST_SCREEN_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/random.h"
#include "screen/font_8x13.h"
#include "screen/screen.h"

#define JUNK        UINT32_C(0xdeadbeef)
#define GUARD_WORDS 4096u

struct canvas {
    uint32_t *memory;
    uint32_t *pixels;
    uint32_t width, height, stride;
    enum screen_format format;
};

static inline size_t canvas_words(const struct canvas *canvas)
{
    return (size_t)canvas->stride * canvas->height;
}

/* Makes the canvas and a screen over it; not cleared. */
static inline struct canvas canvas_make(struct screen *screen, uint32_t width, uint32_t height,
                                        uint32_t padding, enum screen_format format)
{
    struct canvas canvas = {NULL, NULL, width, height, width + padding, format};
    size_t words = canvas_words(&canvas) + 2 * GUARD_WORDS;

    canvas.memory = malloc(words * sizeof *canvas.memory);
    cr_assert_not_null(canvas.memory);
    for (size_t i = 0; i < words; i++)
        canvas.memory[i] = JUNK;
    canvas.pixels = canvas.memory + GUARD_WORDS;
    cr_assert(screen_init(screen, canvas.pixels, canvas_words(&canvas) * 4, width, height,
                          canvas.stride, format));
    return canvas;
}

/* The colour 0x00RRGGBB of a pixel; JUNK where nothing was drawn. */
static inline uint32_t canvas_colour(const struct canvas *canvas, uint32_t x, uint32_t y)
{
    uint32_t word = canvas->pixels[(size_t)y * canvas->stride + x];
    const uint8_t *bytes = (const uint8_t *)&canvas->pixels[(size_t)y * canvas->stride + x];

    if (word >> 24 != 0)
        return word;
    if (canvas->format == SCREEN_RGBX)
        return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    return (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Guards and padding are as they were. */
static inline bool canvas_outside_is_untouched(const struct canvas *canvas)
{
    const uint32_t *end = canvas->pixels + canvas_words(canvas);

    for (size_t i = 0; i < GUARD_WORDS; i++)
        if (canvas->memory[i] != JUNK || end[i] != JUNK)
            return false;
    for (uint32_t y = 0; y < canvas->height; y++)
        for (uint32_t x = canvas->width; x < canvas->stride; x++)
            if (canvas->pixels[(size_t)y * canvas->stride + x] != JUNK)
                return false;
    return true;
}

/* Is every pixel of these rows still junk? */
static inline bool canvas_rows_are_junk(const struct canvas *canvas, uint32_t first, uint32_t end)
{
    for (uint32_t y = first; y < end; y++)
        for (uint32_t x = 0; x < canvas->width; x++)
            if (canvas_colour(canvas, x, y) != JUNK)
                return false;
    return true;
}

/* Does the glyph of `byte` stand here, scale 1, in any ink on SCREEN_PAPER? */
static inline bool canvas_has_glyph(const struct canvas *canvas, uint32_t x, uint32_t y,
                                    uint8_t byte)
{
    const uint8_t *glyph = font_8x13_glyph(byte);

    for (uint32_t row = 0; row < 13; row++)
        for (uint32_t column = 0; column < 8; column++) {
            bool is_ink = canvas_colour(canvas, x + column, y + row) != SCREEN_PAPER;

            if (is_ink != ((glyph[row] >> (7 - column) & 1) != 0))
                return false;
        }
    return true;
}

static inline bool canvas_has_text(const struct canvas *canvas, uint32_t x, uint32_t y,
                                   const char *text)
{
    for (; *text != '\0'; text++, x += 8)
        if (x + 8 > canvas->width || y + 13 > canvas->height ||
            !canvas_has_glyph(canvas, x, y, (uint8_t)*text))
            return false;
    return true;
}

/* Does the text stand anywhere, scale 1? */
static inline bool canvas_finds_text(const struct canvas *canvas, const char *text)
{
    for (uint32_t y = 0; y + 13 <= canvas->height; y++)
        for (uint32_t x = 0; x + 8 <= canvas->width; x++)
            if (canvas_has_text(canvas, x, y, text))
                return true;
    return false;
}

static inline void canvas_free(struct canvas *canvas)
{
    free(canvas->memory);
}

#endif
