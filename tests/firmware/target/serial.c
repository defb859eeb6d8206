/* SPDX-License-Identifier: MIT */
/* Lines to the serial port, without the firmware: it is what is being tried. */
#include <stdarg.h>

#include "target.h"
#include "text/text.h"
#include "uart/uart.h"

static struct uart uart;

void serial_open(void)
{
    uart_init(&uart, UART_COM1_PORT, false);
}

void serial_say(const char *format, ...)
{
    char buffer[400];
    struct text text;
    va_list list;

    text_init(&text, buffer, sizeof buffer);
    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    uart_write(&uart, text.chars, text.length_bytes);
}
