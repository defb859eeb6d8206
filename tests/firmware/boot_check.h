/* SPDX-License-Identifier: MIT */
/* Looks at a boot from outside, at the moment of the jump. */
#ifndef GROMA_TESTS_FIRMWARE_BOOT_CHECK_H
#define GROMA_TESTS_FIRMWARE_BOOT_CHECK_H

#include "bootinfo/bootinfo.h"

/* NULL, or what is wrong with what the kernel would find; static text. */
const char *boot_fault(void);

/* The block of the last boot that had no fault. */
const struct bootinfo *boot_info(void);

#endif
