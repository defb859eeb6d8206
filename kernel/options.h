/* SPDX-License-Identifier: MIT */
/*
 * The kernel's command line: words between blanks. Words it does not know are other
 * programs' and are left alone.
 */
#ifndef GROMA_KERNEL_OPTIONS_H
#define GROMA_KERNEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Is `word` one of the words of the command line? */
bool options_have(const char *cmdline, const char *word);

#endif
