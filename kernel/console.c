/* SPDX-License-Identifier: MIT */
/* Output; see console.h. One serial port, one screen, one count of faults: the machine's own. */
#include "console.h"

#include "text/text.h"
#include "uart/uart.h"

static struct uart serial;
static struct screen screen;
static bool has_screen;
static bool is_quiet;
static uint32_t fault_count;

void console_start(void)
{
    /* Let the loader's last bytes out before the FIFO is reset. */
    uart_init(&serial, UART_COM1_PORT, false);
    uart_drain(&serial);
    uart_init(&serial, UART_COM1_PORT, true);
}

bool console_attach_screen(const struct bootinfo_framebuffer *framebuffer)
{
    volatile uint32_t *pixels = (volatile uint32_t *)(uintptr_t)framebuffer->vaddr;

    if (!screen_init(&screen, pixels, framebuffer->size_bytes, framebuffer->width,
                     framebuffer->height, framebuffer->stride_pixels,
                     (enum screen_format)framebuffer->format))
        return false;
    screen_clear(&screen);
    has_screen = true;
    return true;
}

struct screen *console_screen(void)
{
    return has_screen ? &screen : NULL;
}

void console_detach_screen(void)
{
    has_screen = false;
}

void console_be_quiet(void)
{
    is_quiet = true;
}

uint32_t console_fault_count(void)
{
    return fault_count;
}

void console_write(unsigned outputs, const char *chars, size_t size_bytes)
{
    if ((outputs & CONSOLE_SERIAL) != 0)
        uart_write(&serial, chars, size_bytes);
    if ((outputs & CONSOLE_SCREEN) != 0 && has_screen)
        screen_write(&screen, chars, size_bytes);
}

void console_drain(void)
{
    uart_drain(&serial);
}

/* Strings of firmware and config may hold any byte. */
static void keep_ascii(char *chars, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if ((chars[i] < ' ' && chars[i] != '\n') || chars[i] > '~')
            chars[i] = '?';
    }
}

static void print(unsigned outputs, const char *format, va_list arguments)
{
    static const char cut[] = "...\n";
    char buffer[CONSOLE_LINE_BYTES];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_vformat(&text, format, arguments);
    keep_ascii(text.chars, text.length_bytes);
    console_write(outputs, text.chars, text.length_bytes);
    if (text.truncated)
        console_write(outputs, cut, sizeof cut - 1);
}

void console_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!is_quiet)
        print(CONSOLE_ALL, format, arguments);
    va_end(arguments);
}

void console_list(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!is_quiet)
        print(CONSOLE_SERIAL, format, arguments);
    va_end(arguments);
}

void console_fact(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(CONSOLE_ALL, format, arguments);
    va_end(arguments);
}

void console_fault(const char *format, ...)
{
    va_list arguments;

    fault_count++;
    va_start(arguments, format);
    print(CONSOLE_ALL, format, arguments);
    va_end(arguments);
}
