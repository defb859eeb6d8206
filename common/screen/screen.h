/* SPDX-License-Identifier: MIT */
/*
 * Text and a picture of the memory map in a caller's pixels: the loader's and the
 * kernel's one way to draw. 32-bit pixels only; no allocation, nothing read back
 * from the framebuffer (reads of write-combining memory are slow).
 */
#ifndef GROMA_SCREEN_SCREEN_H
#define GROMA_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"

/* Where the three colours lie in a pixel. EFI_GRAPHICS_PIXEL_FORMAT, UEFI 2.10, 12.9.2. */
enum screen_format {
    SCREEN_RGBX = 0, /* byte 0 red, 1 green, 2 blue: PixelRedGreenBlueReserved8BitPerColor */
    SCREEN_BGRX = 1, /* byte 0 blue, 1 green, 2 red */
};

/* 0x00RRGGBB. */
typedef uint32_t screen_colour_t;

struct screen {
    volatile uint32_t *pixels;
    uint32_t width, height;   /* pixels */
    uint32_t stride_pixels;   /* pixels a line, at least width */
    enum screen_format format;
    uint32_t scale;           /* each font pixel is scale x scale pixels: 1, 2 on large modes, ... */
    uint32_t text_top;        /* first pixel row of the text area */
    uint32_t columns, rows;   /* of the text area, in characters */
    uint32_t column, row;     /* where the next character goes */
    screen_colour_t ink, paper;
};

/*
 * Takes over a framebuffer of `size_bytes` bytes. False (and *screen untouched) where the
 * shape is impossible: zero or > 16384 width or height, stride below width, stride x
 * height x 4 above size_bytes, a NULL pointer. Does not clear.
 */
MUST_USE bool screen_init(struct screen *screen, volatile uint32_t *pixels, uint64_t size_bytes,
                          uint32_t width, uint32_t height, uint32_t stride_pixels,
                          enum screen_format format);

/* Fills the whole screen with paper and puts the cursor at the text area's start. */
void screen_clear(struct screen *screen);

/* Keeps the upper `rows_of_pixels` pixel rows out of the text area (for the picture). */
void screen_reserve_top(struct screen *screen, uint32_t rows_of_pixels);

/* Fills a rectangle, clipped to the screen. */
void screen_fill(struct screen *screen, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 screen_colour_t colour);

/* Draws a string at a pixel position, clipped; no wrapping, no cursor. */
void screen_label(struct screen *screen, uint32_t x, uint32_t y, const char *string,
                  screen_colour_t ink, screen_colour_t paper);

/*
 * Writes text at the cursor: '\n' is a new line, long lines wrap. When the text area is
 * full it starts again at its top and clears each line before writing it (no scrolling:
 * that would read the framebuffer back); the line below the cursor is left blank.
 */
void screen_write(struct screen *screen, const char *bytes, size_t size_bytes);

/* Character cell in pixels, scale included. */
uint32_t screen_cell_width(const struct screen *screen);
uint32_t screen_cell_height(const struct screen *screen);

#endif
