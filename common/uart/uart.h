/* SPDX-License-Identifier: MIT */
/*
 * A 16550-compatible UART, by polling. National Semiconductor PC16550D data
 * sheet, section 8 (registers). The port accesses are two functions that each
 * program links: real `in`/`out` in loader and kernel, a model in the tests.
 *
 * Every wait is bounded: a transmitter that never drains costs
 * UART_SPIN_LIMIT status reads once, then the UART counts as absent.
 */
#ifndef GROMA_UART_UART_H
#define GROMA_UART_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

#define UART_COM1_PORT  0x3f8u
#define UART_SPIN_LIMIT 1000000u /* status reads; at 1 us a port read about 1 s */

/* Linked by each program. */
uint8_t uart_io_read(uint16_t port);
void uart_io_write(uint16_t port, uint8_t value);

struct uart {
    uint16_t port;
    bool present;
};

/*
 * Looks for a UART at `port`: its scratch register keeps two values and its
 * interrupt-enable register reads back zero in the upper half. Where it is there:
 * 115200 baud, 8 data bits, no parity, one stop bit, FIFOs on, interrupts off.
 * `set_line` false leaves line and speed as the firmware set them.
 */
void uart_init(struct uart *uart, uint16_t port, bool set_line);

/* Writes bytes; a '\n' goes out as "\r\n". Nothing where no UART is present. */
void uart_write(struct uart *uart, const char *bytes, size_t size_bytes);

/* Waits (bounded) until the last byte has left the shift register. */
void uart_drain(struct uart *uart);

C_DECLARATIONS_END

#endif
