/* SPDX-License-Identifier: MIT */
/*
 * Text and a picture of the memory map in a caller's pixels: the loader's and the
 * kernel's one way to draw. 32-bit pixels only; no allocation, nothing read back
 * from the framebuffer (reads of write-combining memory are slow), and nothing
 * written outside width x height pixels, whatever is asked for. The picture of the
 * map is in picture.h.
 */
#ifndef GROMA_SCREEN_SCREEN_H
#define GROMA_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

/* Where the three colours lie in a pixel. EFI_GRAPHICS_PIXEL_FORMAT, UEFI 2.10, 12.9.2. */
enum screen_format {
    SCREEN_RGBX = 0, /* byte 0 red, 1 green, 2 blue: PixelRedGreenBlueReserved8BitPerColor */
    SCREEN_BGRX = 1, /* byte 0 blue, 1 green, 2 red */
};

/* 0x00RRGGBB. */
typedef uint32_t screen_colour_t;

#define SCREEN_MAX_SIDE UINT32_C(16384)

/* What screen_init sets; a caller may change `ink` and `paper` between writes. */
#define SCREEN_INK   UINT32_C(0xd6dde6)
#define SCREEN_PAPER UINT32_C(0x10141a)

struct screen {
    volatile uint32_t *pixels;
    uint32_t width, height; /* pixels */
    uint32_t stride_pixels; /* pixels a line, at least width */
    enum screen_format format;
    uint32_t scale;         /* each font pixel is scale x scale pixels: 1, 2 on large modes, ... */
    uint32_t cell_width, cell_height; /* of a character in pixels: glyph, leading, scale */
    uint32_t text_left;     /* first pixel column of the text area */
    uint32_t text_top;      /* first pixel row of the text area */
    uint32_t columns, rows; /* of the text area, in characters; may be 0 on a tiny screen */
    uint32_t column, row;   /* where the next character goes; row == rows: at the top, anew */
    bool clear_ahead;       /* lines below the cursor may hold old pixels */
    screen_colour_t ink, paper;
};

/*
 * Takes over a framebuffer of `size_bytes` bytes. False (and *screen untouched) where the
 * shape is impossible: zero or > 16384 width or height, stride below width, stride x
 * height x 4 above size_bytes, a pointer that is NULL or not aligned to 4, an unknown
 * format. Draws nothing: what was on the screen stays until screen_clear, or until
 * screen_write reaches its line. The scale is 1, from 1600 pixels of width 2, from 3200 3;
 * where 600 font pixels fit above each other, lines of text get a leading of 2.
 */
MUST_USE bool screen_init(struct screen *screen, volatile uint32_t *pixels, uint64_t size_bytes,
                          uint32_t width, uint32_t height, uint32_t stride_pixels,
                          enum screen_format format);

/* Fills the whole screen with paper and puts the cursor at the text area's start. */
void screen_clear(struct screen *screen);

/*
 * Keeps the upper `rows_of_pixels` pixel rows out of the text area (for the picture); 0
 * takes them back. Draws nothing; the text starts again at the new area's top.
 */
void screen_reserve_top(struct screen *screen, uint32_t rows_of_pixels);

/* Fills a rectangle, clipped to the screen. */
void screen_fill(struct screen *screen, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 screen_colour_t colour);

/* Draws a string at a pixel position, clipped; no wrapping, no cursor, no control bytes. */
void screen_label(struct screen *screen, uint32_t x, uint32_t y, const char *string,
                  screen_colour_t ink, screen_colour_t paper);

/*
 * Writes text at the cursor: '\n' is a new line, '\r' goes to the line's start, '\t' to the
 * next column that is a multiple of 8, long lines wrap; a byte without a glyph is a box.
 * When the text area is full it starts again at its top and clears each line before writing
 * it (no scrolling: that would read the framebuffer back); the line below the cursor is left
 * blank. The start is put off until a byte follows, so a text that just fits stays whole.
 */
void screen_write(struct screen *screen, const char *bytes, size_t size_bytes);

/* Character cell in pixels, scale and leading (the blank between two lines) included. */
uint32_t screen_cell_width(const struct screen *screen);
uint32_t screen_cell_height(const struct screen *screen);

C_DECLARATIONS_END

#endif
