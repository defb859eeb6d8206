/* SPDX-License-Identifier: MIT */
/* The least program: an entry, and the port that common/uart asks its user for. */
#include <stdint.h>

uint8_t uart_io_read(uint16_t port);
void uart_io_write(uint16_t port, uint8_t value);
void _start(void);

uint8_t uart_io_read(uint16_t port)
{
    return (uint8_t)port;
}

void uart_io_write(uint16_t port, uint8_t value)
{
    (void)port;
    (void)value;
}

void _start(void)
{
    for (;;)
        ;
}
