/* SPDX-License-Identifier: MIT */
#ifndef GROMA_TESTS_FIRMWARE_CAPTURE_CHECK_H
#define GROMA_TESTS_FIRMWARE_CAPTURE_CHECK_H

#include "world.h"

/*
 * What the run left on a volume it was asked to write to: only captures, each whole or told as failed,
 * and one of them where the kernel was started. NULL, or what is wrong.
 */
const char *capture_fault(void);

/* A whole capture file of this path: how many maps it holds; 0 where there is none. */
unsigned capture_maps_in(const char *path);

#endif
