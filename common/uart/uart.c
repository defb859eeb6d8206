/* SPDX-License-Identifier: MIT */
/* The 16550 by polling; see uart.h. */
#include "uart/uart.h"

/* Register offsets, PC16550D table II. */
enum {
    UART_DATA = 0,
    UART_DIVISOR_LOW = 0,  /* while LCR bit 7 is set */
    UART_INTERRUPTS = 1,
    UART_DIVISOR_HIGH = 1, /* while LCR bit 7 is set */
    UART_FIFO = 2,
    UART_LINE = 3,
    UART_MODEM = 4,
    UART_STATUS = 5,
    UART_SCRATCH = 7,
};

#define LINE_8N1         0x03u
#define LINE_DIVISOR     0x80u
#define FIFO_ON_CLEARED  0x07u
#define MODEM_DTR_RTS    0x03u
#define STATUS_HOLDING   0x20u /* transmitter holding register empty */
#define STATUS_IDLE      0x40u /* and the shift register too */
#define DIVISOR_115200   1u

static uint8_t read_register(const struct uart *uart, unsigned offset)
{
    return uart_io_read((uint16_t)(uart->port + offset));
}

static void write_register(const struct uart *uart, unsigned offset, uint8_t value)
{
    uart_io_write((uint16_t)(uart->port + offset), value);
}

static bool scratch_keeps(const struct uart *uart, uint8_t value)
{
    write_register(uart, UART_SCRATCH, value);
    return read_register(uart, UART_SCRATCH) == value;
}

static bool uart_is_there(const struct uart *uart)
{
    uint8_t old = read_register(uart, UART_SCRATCH);
    bool keeps = scratch_keeps(uart, 0x5a) && scratch_keeps(uart, 0xa5);

    if (keeps)
        write_register(uart, UART_SCRATCH, old);
    return keeps && (read_register(uart, UART_INTERRUPTS) & 0xf0u) == 0;
}

void uart_init(struct uart *uart, uint16_t port, bool set_line)
{
    uart->port = port;
    uart->present = uart_is_there(uart);
    if (!uart->present)
        return;
    write_register(uart, UART_INTERRUPTS, 0);
    if (!set_line)
        return;
    write_register(uart, UART_LINE, LINE_DIVISOR | LINE_8N1);
    write_register(uart, UART_DIVISOR_LOW, DIVISOR_115200);
    write_register(uart, UART_DIVISOR_HIGH, 0);
    write_register(uart, UART_LINE, LINE_8N1);
    write_register(uart, UART_FIFO, FIFO_ON_CLEARED);
    write_register(uart, UART_MODEM, MODEM_DTR_RTS);
}

/* Bounded; a UART that never gets there is given up for good. */
static bool wait_for_status(struct uart *uart, uint8_t bit)
{
    for (uint32_t spin = 0; spin < UART_SPIN_LIMIT; spin++) {
        if ((read_register(uart, UART_STATUS) & bit) != 0)
            return true;
    }
    uart->present = false;
    return false;
}

static void write_byte(struct uart *uart, char byte)
{
    if (uart->present && wait_for_status(uart, STATUS_HOLDING))
        write_register(uart, UART_DATA, (uint8_t)byte);
}

void uart_write(struct uart *uart, const char *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] == '\n')
            write_byte(uart, '\r');
        write_byte(uart, bytes[i]);
    }
}

void uart_drain(struct uart *uart)
{
    if (uart->present)
        (void)wait_for_status(uart, STATUS_IDLE);
}
