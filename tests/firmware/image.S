/* SPDX-License-Identifier: MIT */
/*
 * The parts of the loader's image that its linker script and assembly give it: the part that the
 * hand-off block copies (here a pattern, judged as bytes), the switch page and its data. No code
 * of it ever runs: switch_address_space is the harness's.
 */
    .section .image, "aw", @progbits
    .balign 4096
    .globl ImageBase, handoff_text, handoff_text_end, handoff_rodata, handoff_rodata_end
    .globl handoff_enter, exception_stubs, handoff_tables, switch_page, switch_fault, switch_data, image_end
ImageBase:
handoff_text:
switch_page:
    .fill 1024, 1, 0x51
switch_fault:
    .fill 3072, 1, 0x52
handoff_enter:
    .fill 64, 1, 0x53
exception_stubs:
    .fill 2048, 1, 0x54
handoff_text_end:
    .balign 4096
handoff_rodata:
    .fill 5000, 1, 0x55
handoff_rodata_end:
    .balign 4096
switch_data:
    .fill 4096, 1, 0
image_end:
handoff_tables:
    .fill 4096, 1, 0

    .section .note.GNU-stack, "", @progbits
