/* SPDX-License-Identifier: MIT */
/*
 * Just enough of Criterion for the mutation runner: the same tests in a program that starts in a
 * millisecond. A test registers itself, quick.c runs it in a child, a failed assertion ends it.
 * Messages are dropped: only pass or fail counts there.
 */
#ifndef GROMA_MUTATION_CRITERION_H
#define GROMA_MUTATION_CRITERION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct quick_test {
    const char *name; /* suite/name */
    void (*run)(void);
    struct quick_test *next;
};

void quick_register(struct quick_test *test);

#define QUICK_FAILED 9 /* exit status of a child whose assertion failed */

#define Test(suite, test, ...)                                                        \
    static void suite##_##test##_run(void);                                           \
    static struct quick_test suite##_##test##_entry = {#suite "/" #test,              \
                                                       suite##_##test##_run, NULL};   \
    __attribute__((constructor)) static void suite##_##test##_register(void)          \
    {                                                                                 \
        quick_register(&suite##_##test##_entry);                                      \
    }                                                                                 \
    static void suite##_##test##_run(void)

#define cr_assert(condition, ...)        \
    do {                                 \
        if (!(condition))                \
            _exit(QUICK_FAILED);         \
    } while (0)
#define cr_assert_not(condition, ...)    cr_assert(!(condition))
#define cr_assert_eq(left, right, ...)   cr_assert((left) == (right))
#define cr_assert_neq(left, right, ...)  cr_assert((left) != (right))
#define cr_assert_lt(left, right, ...)   cr_assert((left) < (right))
#define cr_assert_leq(left, right, ...)  cr_assert((left) <= (right))
#define cr_assert_gt(left, right, ...)   cr_assert((left) > (right))
#define cr_assert_geq(left, right, ...)  cr_assert((left) >= (right))
#define cr_assert_null(pointer, ...)     cr_assert((pointer) == NULL)
#define cr_assert_not_null(pointer, ...) cr_assert((pointer) != NULL)
#define cr_assert_fail(...)              cr_assert(false)
#define cr_assert_str_eq(left, right, ...)    cr_assert(strcmp(left, right) == 0)
#define cr_assert_str_neq(left, right, ...)   cr_assert(strcmp(left, right) != 0)
#define cr_assert_arr_eq(left, right, size, ...)  cr_assert(memcmp(left, right, size) == 0)
#define cr_assert_arr_neq(left, right, size, ...) cr_assert(memcmp(left, right, size) != 0)

#define cr_log_info(...)  ((void)0)
#define cr_log_warn(...)  ((void)0)
#define cr_log_error(...) ((void)0)

#endif
