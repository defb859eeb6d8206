/* SPDX-License-Identifier: MIT */
/*
 * What happens on an exception between the switch and the kernel's own IDT: one line with an
 * id and the registers, on serial and screen, then halt.
 */
#include "cpu.h"
#include "handoff/handoff.h"
#include "screen/screen.h"
#include "text/text.h"
#include "uart/uart.h"
#include "x86/exception.h"

_Noreturn void exception_report(const struct exception_frame *frame);

static void show(const struct text *text)
{
    const struct handoff_parameters *to = &handoff_tables.parameters;
    struct uart uart = {.port = (uint16_t)to->uart_port, .present = to->uart_present != 0};
    struct screen screen;

    uart_write(&uart, text->chars, text->length_bytes);
    if (to->framebuffer_vaddr == 0 ||
        !screen_init(&screen, (volatile uint32_t *)to->framebuffer_vaddr, to->framebuffer_bytes,
                     to->width, to->height, to->stride_pixels, (enum screen_format)to->format))
        return;
    screen_clear(&screen);
    screen_write(&screen, text->chars, text->length_bytes);
}

_Noreturn void exception_report(const struct exception_frame *frame)
{
    char buffer[1024];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_format(&text, "\nE-HAND-02 exception before the kernel has an IDT of its own - find its rip with "
                       "addr2line -f -e KERNEL, then switch the machine off\n");
    exception_describe(&text, frame, cpu_cr2());
    show(&text);
    cpu_halt();
}
