/* SPDX-License-Identifier: MIT */
/* The report of an exception, whole, against texts written by hand. */
#include <criterion/criterion.h>
#include <string.h>

#include "x86/exception.h"

/* Every register has a value of its own, so that a swapped pair shows. */
static struct exception_frame make_frame(uint64_t vector, uint64_t error_code)
{
    return (struct exception_frame){
        .r15 = 0x1515, .r14 = 0x1414, .r13 = 0x1313, .r12 = 0x1212, .r11 = 0x1111,
        .r10 = 0x1010, .r9 = 0x0909, .r8 = 0x0808, .rbp = 0xb9, .rdi = 0xd1,
        .rsi = 0x51, .rdx = 0xdd, .rcx = 0xcc, .rbx = 0xbb, .rax = UINT64_C(0xaaaabbbbccccdddd),
        .vector = vector, .error_code = error_code, .rip = UINT64_C(0xffffffff80001234),
        .cs = 8, .rflags = 0x10046, .rsp = UINT64_C(0xffffff100000ffe8), .ss = 0x10,
    };
}

/* The first line of the report. */
static void check_first_line(uint64_t vector, uint64_t error_code, const char *wanted)
{
    struct exception_frame frame = make_frame(vector, error_code);
    char buffer[1024];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    exception_describe(&text, &frame, 0xfff);
    cr_assert_not(text.truncated);
    *strchr(buffer, '\n') = '\0';
    cr_assert_str_eq(buffer, wanted);
}

Test(exception_name, knows_the_vectors_of_the_manuals_and_calls_the_others_reserved)
{
    cr_assert_str_eq(exception_name(0), "#DE divide error");
    cr_assert_str_eq(exception_name(8), "#DF double fault");
    cr_assert_str_eq(exception_name(14), "#PF page fault");
    cr_assert_str_eq(exception_name(30), "#SX security exception");
    cr_assert_str_eq(exception_name(9), "reserved");
    cr_assert_str_eq(exception_name(15), "reserved");
    cr_assert_str_eq(exception_name(31), "reserved");
    cr_assert_str_eq(exception_name(32), "reserved");
    cr_assert_str_eq(exception_name(UINT64_MAX), "reserved");
}

Test(exception_describe, shows_every_register_in_its_place)
{
    struct exception_frame frame = make_frame(13, 0x18);
    char buffer[1024];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    exception_describe(&text, &frame, UINT64_C(0x123456789abcdef0));
    cr_assert_str_eq(
        buffer,
        "exception 13 #GP general protection fault, error 0x18, rip 0xffffffff80001234, "
        "cr2 0x123456789abcdef0\n"
        "  rax aaaabbbbccccdddd  rbx 00000000000000bb  rcx 00000000000000cc  rdx 00000000000000dd\n"
        "  rsi 0000000000000051  rdi 00000000000000d1  rbp 00000000000000b9  rsp ffffff100000ffe8\n"
        "  r8  0000000000000808  r9  0000000000000909  r10 0000000000001010  r11 0000000000001111\n"
        "  r12 0000000000001212  r13 0000000000001313  r14 0000000000001414  r15 0000000000001515\n"
        "  cs 0008  ss 0010  rflags 00010046\n");
}

Test(exception_describe, says_what_the_error_code_of_a_page_fault_means)
{
#define PLACE ", rip 0xffffffff80001234, cr2 0x0000000000000fff"
    check_first_line(14, 0x00,
                     "exception 14 #PF page fault, error 0x0 (read, page not present)" PLACE);
    check_first_line(14, 0x02,
                     "exception 14 #PF page fault, error 0x2 (write, page not present)" PLACE);
    check_first_line(14, 0x03,
                     "exception 14 #PF page fault, error 0x3 (write, protection violation)" PLACE);
    check_first_line(14, 0x11, "exception 14 #PF page fault, error 0x11 (instruction fetch, "
                               "protection violation)" PLACE);
    check_first_line(14, 0x0d, "exception 14 #PF page fault, error 0xd (read, protection "
                               "violation, in user mode, reserved bit set in a table)" PLACE);
    check_first_line(14, 0x61, "exception 14 #PF page fault, error 0x61 (read, protection "
                               "violation, protection key, shadow stack)" PLACE);
}

Test(exception_describe, explains_no_error_code_but_that_of_a_page_fault)
{
    check_first_line(8, 0x1f, "exception 8 #DF double fault, error 0x1f" PLACE);
    check_first_line(200, 0, "exception 200 reserved, error 0x0" PLACE);
}

Test(exception_describe, ends_in_nul_where_the_buffer_is_short)
{
    struct exception_frame frame = make_frame(14, 3);
    char buffer[16];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    exception_describe(&text, &frame, 0);
    cr_assert(text.truncated);
    cr_assert_str_eq(buffer, "exception 14 #P");
}
