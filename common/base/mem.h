/* SPDX-License-Identifier: MIT */
/*
 * The four memory functions that compilers call even in freestanding code
 * (gcc manual, "Standards": memcpy, memmove, memset and memcmp), with the
 * meaning ISO C gives them. On a host the C library's are linked instead.
 */
#ifndef GROMA_BASE_MEM_H
#define GROMA_BASE_MEM_H

#include <stddef.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

void *memcpy(void *__restrict to, const void *__restrict from, size_t size_bytes);
void *memmove(void *to, const void *from, size_t size_bytes);
void *memset(void *to, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);

C_DECLARATIONS_END

#endif
