/* SPDX-License-Identifier: MIT */
/* The 16550 code against a model of the registers (PC16550D, table II). */
#include <criterion/criterion.h>
#include <string.h>

#include "uart/uart.h"

/* The model: what the port accesses of this program do. */
static struct {
    bool fitted;      /* is there a chip at all? */
    bool floats;      /* the scratch register keeps its value, whatever is written */
    bool stuck;       /* the transmitter never gets empty */
    uint8_t registers[8];
    uint8_t divisor[2];
    char sent[64];
    size_t sent_count;
    uint64_t status_reads;
} chip;

uint8_t uart_io_read(uint16_t port)
{
    unsigned offset = port - UART_COM1_PORT;

    if (!chip.fitted)
        return 0xff;
    if (offset == 5) {
        chip.status_reads++;
        return chip.stuck ? 0x00 : 0x60;
    }
    return chip.registers[offset];
}

void uart_io_write(uint16_t port, uint8_t value)
{
    unsigned offset = port - UART_COM1_PORT;
    bool divisor = (chip.registers[3] & 0x80) != 0;

    if (!chip.fitted)
        return;
    if (divisor && offset < 2)
        chip.divisor[offset] = value;
    else if (offset == 0)
        chip.sent[chip.sent_count++] = (char)value;
    else if (offset != 7 || !chip.floats)
        chip.registers[offset] = value;
}

static void fit_chip(void)
{
    memset(&chip, 0, sizeof chip);
    chip.fitted = true;
    chip.registers[7] = 0x77;
}

Test(uart_init, finds_a_chip_and_sets_its_line)
{
    struct uart uart;

    fit_chip();
    uart_init(&uart, UART_COM1_PORT, true);
    cr_assert(uart.present);
    cr_assert_eq(chip.divisor[0], 1);
    cr_assert_eq(chip.divisor[1], 0);
    cr_assert_eq(chip.registers[3], 0x03, "8N1, divisor latch closed");
    cr_assert_eq(chip.registers[1], 0, "interrupts off");
    cr_assert_eq(chip.registers[7], 0x77, "scratch register as it was");
}

Test(uart_init, leaves_the_line_alone_where_asked)
{
    struct uart uart;

    fit_chip();
    chip.registers[3] = 0x1a;
    uart_init(&uart, UART_COM1_PORT, false);
    cr_assert(uart.present);
    cr_assert_eq(chip.registers[3], 0x1a);
    cr_assert_eq(chip.divisor[0], 0);
}

Test(uart_init, sees_that_no_chip_is_there)
{
    struct uart uart;

    memset(&chip, 0, sizeof chip);
    uart_init(&uart, UART_COM1_PORT, true);
    cr_assert_not(uart.present);
    uart_write(&uart, "x", 1);
    cr_assert_eq(chip.sent_count, 0);
}

Test(uart_write, sends_a_carriage_return_before_each_new_line)
{
    struct uart uart;

    fit_chip();
    uart_init(&uart, UART_COM1_PORT, true);
    uart_write(&uart, "a\nb", 3);
    cr_assert_eq(chip.sent_count, 4);
    cr_assert_eq(memcmp(chip.sent, "a\r\nb", 4), 0);
}

Test(uart_write, gives_up_for_good_on_a_stuck_transmitter)
{
    struct uart uart;

    fit_chip();
    uart_init(&uart, UART_COM1_PORT, true);
    chip.stuck = true;
    uart_write(&uart, "abc", 3);
    cr_assert_not(uart.present);
    cr_assert_eq(chip.status_reads, UART_SPIN_LIMIT, "waited once, not for each byte");
    uart_drain(&uart);
    cr_assert_eq(chip.status_reads, UART_SPIN_LIMIT);
}

Test(uart_drain, waits_until_the_last_byte_has_left)
{
    struct uart uart;
    uint64_t before;

    fit_chip();
    uart_init(&uart, UART_COM1_PORT, true);
    before = chip.status_reads;
    uart_drain(&uart);
    cr_assert_eq(chip.status_reads, before + 1);
    cr_assert(uart.present);
}

/*  a port that floats at some value: each of the two patterns, or the upper bits of IER, tell  */
Test(uart_init, sees_that_a_register_keeps_nothing)
{
    struct uart uart;

    fit_chip();
    chip.floats = true;
    for (unsigned value = 0; value < 256; value++) {
        chip.registers[7] = (uint8_t)value;
        uart_init(&uart, UART_COM1_PORT, true);
        cr_assert_not(uart.present, "0x%02x", value);
    }
    fit_chip();
    chip.registers[1] = 0x10;
    uart_init(&uart, UART_COM1_PORT, true);
    cr_assert_not(uart.present);
}
