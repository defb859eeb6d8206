/* SPDX-License-Identifier: MIT */
/*
 * What the boot benchmark starts: says how many time stamp ticks lie between the loader's first
 * instruction and its own, and ends QEMU. It trusts boot info; the product's kernel does not.
 */
#include "bootinfo/bootinfo.h"
#include "text/text.h"
#include "uart/uart.h"

#define EXIT_PORT 0xf4u
#define EXIT_OK   0x10u

void bench_main(const struct bootinfo *info, uint64_t entry_tsc);

uint8_t uart_io_read(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void uart_io_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

void bench_main(const struct bootinfo *info, uint64_t entry_tsc)
{
    char line[256];
    struct text text;
    struct uart uart;
    const struct bootinfo_stamp *start = bootinfo_entry(info, &info->stamps, 0);
    uint64_t last = start->tsc;

    text_init(&text, line, sizeof line);
    text_format(&text, "groma: bench ticks=%lu tables=%u phases=", entry_tsc - start->tsc,
                info->page_pool_used);
    for (uint32_t i = 1; i < info->stamps.count; i++) {
        const struct bootinfo_stamp *stamp = bootinfo_entry(info, &info->stamps, i);
        text_format(&text, "%lu,", stamp->tsc - last);
        last = stamp->tsc;
    }
    text_format(&text, "%lu\ngroma: done status=ok\n", entry_tsc - last);
    uart_init(&uart, UART_COM1_PORT, false);
    uart_write(&uart, text.chars, text.length_bytes);
    uart_drain(&uart);
    __asm__ volatile("outl %0, %1" : : "a"(EXIT_OK), "Nd"((uint16_t)EXIT_PORT));
}
