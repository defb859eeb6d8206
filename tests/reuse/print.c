/* SPDX-License-Identifier: MIT */
/* Output; see print.h. common/ never prints: each program links its own port accesses. */
#include "print.h"

#include "machine.h"
#include "text/text.h"
#include "uart/uart.h"

static struct uart serial;

uint8_t uart_io_read(uint16_t port)
{
    return machine_in8(port);
}

void uart_io_write(uint16_t port, uint8_t value)
{
    machine_out8(port, value);
}

void print_start(void)
{
    uart_init(&serial, UART_COM1_PORT, true);
}

void print(const char *format, ...)
{
    char buffer[256];
    struct text text;
    va_list arguments;

    text_init(&text, buffer, sizeof buffer);
    va_start(arguments, format);
    text_vformat(&text, format, arguments);
    va_end(arguments);
    uart_write(&serial, text.chars, text.length_bytes);
}

void print_end(void)
{
    uart_drain(&serial);
}

void print_map(const char *name, const struct memmap *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        bool is_claim = (region->origin & MEMMAP_ORIGIN_CLAIM) != 0;
        print("groma: region map=%s first_pfn=%#lx end_pfn=%#lx kind=%s attributes=%#lx %s=%u\n",
              name, region->first_pfn, region->end_pfn,
              memmap_kind_name((enum memmap_kind)region->kind), region->attributes,
              is_claim ? "claim" : "entry", region->origin & ~MEMMAP_ORIGIN_CLAIM);
    }
}

/* Pages and the rest apart: 2^64 bytes have no other number. */
static void print_size(const char *term, struct memmap_size size)
{
    print(" %s=%lu+%lu", term, size.pages, size.bytes);
}

void print_report(const char *name, const struct memmap_report *report)
{
    print("groma: report map=%s entries=%u claims=%u regions=%u", name, report->entry_count,
          report->claim_count, report->region_count);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
        print(" %s=%u", memmap_finding_name((enum memmap_finding)i), report->counts[i]);
    print("\ngroma: accounts map=%s", name);
    print_size("output", report->output);
    print_size("stated", report->stated);
    print_size("claimed", report->claimed);
    print_size("grown", report->grown);
    print_size("lost", report->lost);
    print_size("clipped", report->clipped);
    print_size("dropped", report->dropped);
    print(" balances=%s\n", memmap_report_balances(report) ? "yes" : "no");
}
