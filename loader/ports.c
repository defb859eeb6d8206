/* SPDX-License-Identifier: MIT */
/* The port accesses that common/uart links; shared by the loader and its hand-off block. */
#include "cpu.h"
#include "uart/uart.h"

uint8_t uart_io_read(uint16_t port)
{
    return cpu_in8(port);
}

void uart_io_write(uint16_t port, uint8_t value)
{
    cpu_out8(port, value);
}
