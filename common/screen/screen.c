/* SPDX-License-Identifier: MIT */
/*
 * Pixels, labels and the text cursor; see screen.h.
 *
 * Invariant of the text area: what lies right of the cursor, and the line below it, is
 * blank. Entering a line therefore clears the one after it, and a restart the first two.
 */
#include "screen/screen.h"

#include "screen/font_8x13.h"

#define ROOMY_HEIGHT 600u /* font pixels, from which lines of text are set apart */
#define LEADING      2u

/* Ink and paper as the framebuffer wants them. */
struct pixel_pair {
    uint32_t ink, paper;
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t pixel_of(const struct screen *screen, screen_colour_t colour)
{
    if (screen->format == SCREEN_BGRX)
        return colour & 0xffffff; /* little-endian: blue is byte 0 */
    return (colour & 0xff) << 16 | (colour & 0xff00) | (colour >> 16 & 0xff);
}

static volatile uint32_t *pixel_at(const struct screen *screen, uint32_t x, uint32_t y)
{
    return screen->pixels + (size_t)y * screen->stride_pixels + x;
}

/* One pixel row of a glyph, of which `width` pixels lie on the screen. */
static void draw_bits(volatile uint32_t *at, uint32_t width, uint32_t scale, uint32_t bits,
                      struct pixel_pair pair)
{
    for (; width > 0; bits <<= 1) {
        uint32_t pixel = bits & (1u << (FONT_WIDTH - 1)) ? pair.ink : pair.paper;

        for (uint32_t i = 0; i < scale && width > 0; i++, width--)
            *at++ = pixel;
    }
}

/* x and y lie on the screen; the glyph's right and lower end may not. */
static void draw_glyph(const struct screen *screen, uint32_t x, uint32_t y, uint8_t byte,
                       struct pixel_pair pair)
{
    const uint8_t *glyph = font_8x13_glyph(byte);
    uint32_t width = smaller(screen->cell_width, screen->width - x);
    uint32_t end = y + smaller(FONT_HEIGHT * screen->scale, screen->height - y);

    for (; y < end; glyph++)
        for (uint32_t i = 0; i < screen->scale && y < end; i++, y++)
            draw_bits(pixel_at(screen, x, y), width, screen->scale, *glyph, pair);
}

static uint32_t scale_for(uint32_t width)
{
    return width >= 3200 ? 3 : width >= 1600 ? 2 : 1;
}

/* Where 80 columns still fit, one column on each side stays free as a margin. */
static void place_text(struct screen *screen)
{
    uint32_t scale = scale_for(screen->width);
    uint32_t leading = screen->height / scale >= ROOMY_HEIGHT ? LEADING : 0;

    screen->scale = scale;
    screen->cell_width = FONT_WIDTH * scale;
    screen->cell_height = (FONT_HEIGHT + leading) * scale;
    screen->text_left = screen->width >= 82 * screen->cell_width ? screen->cell_width : 0;
    screen->columns = (screen->width - 2 * screen->text_left) / screen->cell_width;
    screen_reserve_top(screen, 0);
}

static bool shape_is_possible(const volatile uint32_t *pixels, uint64_t size_bytes, uint32_t width,
                              uint32_t height, uint32_t stride_pixels)
{
    if (pixels == NULL || (uintptr_t)pixels % sizeof *pixels != 0)
        return false;
    if (width == 0 || width > SCREEN_MAX_SIDE || height == 0 || height > SCREEN_MAX_SIDE)
        return false;
    return stride_pixels >= width && (uint64_t)stride_pixels * height <= size_bytes / 4;
}

bool screen_init(struct screen *screen, volatile uint32_t *pixels, uint64_t size_bytes,
                 uint32_t width, uint32_t height, uint32_t stride_pixels,
                 enum screen_format format)
{
    if (!shape_is_possible(pixels, size_bytes, width, height, stride_pixels))
        return false;
    if (format != SCREEN_RGBX && format != SCREEN_BGRX)
        return false;
    *screen = (struct screen){
        .pixels = pixels,
        .width = width,
        .height = height,
        .stride_pixels = stride_pixels,
        .format = format,
        .clear_ahead = true,
        .ink = SCREEN_INK,
        .paper = SCREEN_PAPER,
    };
    place_text(screen);
    return true;
}

void screen_clear(struct screen *screen)
{
    screen_fill(screen, 0, 0, screen->width, screen->height, screen->paper);
    screen->column = 0;
    screen->row = 0;
    screen->clear_ahead = false;
}

void screen_reserve_top(struct screen *screen, uint32_t rows_of_pixels)
{
    bool untouched = !screen->clear_ahead && screen->row == 0 && screen->column == 0;

    screen->text_top = smaller(rows_of_pixels, screen->height);
    screen->rows = (screen->height - screen->text_top) / screen->cell_height;
    screen->column = 0;
    screen->row = untouched ? 0 : screen->rows; /* the next byte clears the first lines */
}

void screen_fill(struct screen *screen, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 screen_colour_t colour)
{
    uint32_t pixel = pixel_of(screen, colour);

    if (x >= screen->width || y >= screen->height)
        return;
    width = smaller(width, screen->width - x);
    height = smaller(height, screen->height - y);
    for (uint32_t line = 0; line < height; line++) {
        volatile uint32_t *at = pixel_at(screen, x, y + line);

        for (uint32_t i = 0; i < width; i++)
            at[i] = pixel;
    }
}

void screen_label(struct screen *screen, uint32_t x, uint32_t y, const char *string,
                  screen_colour_t ink, screen_colour_t paper)
{
    struct pixel_pair pair = {pixel_of(screen, ink), pixel_of(screen, paper)};

    if (y >= screen->height)
        return;
    for (; *string != '\0' && x < screen->width; string++) {
        draw_glyph(screen, x, y, (uint8_t)*string, pair);
        x += screen->cell_width;
    }
}

static void clear_line(struct screen *screen, uint32_t row)
{
    if (row < screen->rows)
        screen_fill(screen, 0, screen->text_top + row * screen->cell_height, screen->width,
                    screen->cell_height, screen->paper);
}

static void start_again(struct screen *screen)
{
    screen->column = 0;
    screen->row = 0;
    screen->clear_ahead = true;
    clear_line(screen, 0);
    clear_line(screen, 1);
}

/* To the next line; after the last one the row is `rows`, and the next byte starts again. */
static void end_line(struct screen *screen)
{
    screen->column = 0;
    screen->row++;
    if (screen->clear_ahead)
        clear_line(screen, screen->row + 1);
}

static void write_glyph(struct screen *screen, uint8_t byte, struct pixel_pair pair)
{
    if (screen->column == screen->columns)
        end_line(screen);
    if (screen->row == screen->rows)
        start_again(screen);
    draw_glyph(screen, screen->text_left + screen->column * screen->cell_width,
               screen->text_top + screen->row * screen->cell_height, byte, pair);
    screen->column++;
}

static void write_byte(struct screen *screen, char byte, struct pixel_pair pair)
{
    if (byte == '\r') {
        screen->column = 0;
    } else if (byte == '\n' || byte == '\t') {
        if (screen->row == screen->rows)
            start_again(screen);
        if (byte == '\n')
            end_line(screen);
        else
            screen->column = smaller((screen->column / 8 + 1) * 8, screen->columns);
    } else {
        write_glyph(screen, (uint8_t)byte, pair);
    }
}

void screen_write(struct screen *screen, const char *bytes, size_t size_bytes)
{
    struct pixel_pair pair = {pixel_of(screen, screen->ink), pixel_of(screen, screen->paper)};

    if (screen->columns == 0 || screen->rows == 0)
        return;
    for (size_t i = 0; i < size_bytes; i++)
        write_byte(screen, bytes[i], pair);
}

uint32_t screen_cell_width(const struct screen *screen)
{
    return screen->cell_width;
}

uint32_t screen_cell_height(const struct screen *screen)
{
    return screen->cell_height;
}
