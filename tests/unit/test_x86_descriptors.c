/* SPDX-License-Identifier: MIT */
/* Descriptors, gates and TSS, byte for byte as the manual draws them (SDM vol. 3A). */
#include <criterion/criterion.h>
#include <string.h>

#include "x86/descriptors.h"

Test(x86_fill_gdt, writes_null_code_data_and_a_tss_descriptor_of_two_entries)
{
    uint64_t gdt[X86_GDT_ENTRIES];

    memset(gdt, 0xa5, sizeof gdt);
    x86_fill_gdt(gdt, UINT64_C(0xfedcba9876543210));
    cr_assert_eq(gdt[0], 0);
    cr_assert_eq(gdt[1], UINT64_C(0x00af9b000000ffff), "P, ring 0, code, readable, accessed, L");
    cr_assert_eq(gdt[2], UINT64_C(0x00cf93000000ffff), "P, ring 0, data, writable, accessed");
    /*  base 31..24 | flags, limit 19..16 | P, type 9 | base 23..0 | limit 103 */
    cr_assert_eq(gdt[3], UINT64_C(0x7600895432100067));
    cr_assert_eq(gdt[4], UINT64_C(0x00000000fedcba98));
}

Test(x86_fill_gdt, gives_code_and_data_descriptors_that_already_are_accessed)
{
    uint64_t gdt[X86_GDT_ENTRIES];

    x86_fill_gdt(gdt, 0);
    for (unsigned i = X86_SELECTOR_CODE / 8; i <= X86_SELECTOR_DATA / 8; i++)
        cr_assert(gdt[i] >> 40 & 1, "descriptor %u", i);
}

Test(x86_fill_gate, splits_the_handler_address_into_three)
{
    static const uint8_t wanted[16] = {
        0x10, 0x32,             /* offset 15..0 */
        0x08, 0x00,             /* code selector */
        0x03,                   /* IST 3 */
        0x8e,                   /* present, ring 0, interrupt gate */
        0x54, 0x76,             /* offset 31..16 */
        0x98, 0xba, 0xdc, 0xfe, /* offset 63..32 */
        0, 0, 0, 0,
    };
    struct x86_gate gate;

    memset(&gate, 0xa5, sizeof gate);
    x86_fill_gate(&gate, UINT64_C(0xfedcba9876543210), 3);
    cr_assert_arr_eq(&gate, wanted, sizeof wanted);
}

Test(x86_fill_gate, takes_no_more_than_the_three_bits_of_an_ist_slot)
{
    struct x86_gate gate;

    x86_fill_gate(&gate, 0, 0xff);
    cr_assert_eq(gate.ist, 7);
    x86_fill_gate(&gate, 0, 0);
    cr_assert_eq(gate.ist, 0);
}

Test(x86_fill_tss, holds_three_interrupt_stacks_and_nothing_else)
{
    static const uint64_t tops[X86_IST_COUNT] = {
        UINT64_C(0xffffff0011112220),
        UINT64_C(0xffffff0033334440),
        UINT64_C(0xffffff0055556660),
    };
    uint8_t wanted[104] = {0};
    struct x86_tss tss;

    memcpy(wanted + 36, "\x20\x22\x11\x11\x00\xff\xff\xff", 8); /* IST1 */
    memcpy(wanted + 44, "\x40\x44\x33\x33\x00\xff\xff\xff", 8);
    memcpy(wanted + 52, "\x60\x66\x55\x55\x00\xff\xff\xff", 8);
    wanted[102] = 104; /* I/O map base: beyond the limit, so there is none */
    memset(&tss, 0xa5, sizeof tss);
    x86_fill_tss(&tss, tops);
    cr_assert_arr_eq(&tss, wanted, sizeof wanted);
}

Test(x86_ist_of_vector, gives_stacks_of_their_own_to_nmi_double_fault_and_page_fault_only)
{
    for (unsigned vector = 0; vector < X86_VECTORS; vector++) {
        unsigned wanted = vector == 2 ? 1 : vector == 8 ? 2 : vector == 14 ? 3 : 0;

        cr_assert_eq(x86_ist_of_vector(vector), wanted, "vector %u", vector);
    }
}
