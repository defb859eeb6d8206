/* SPDX-License-Identifier: MIT */
/* memmap capture FROM: a map that another machine, or a virtual one, has brought or shows. */
#ifndef MEMMAP_CAPTURE_FROM_H
#define MEMMAP_CAPTURE_FROM_H

#include "command.h"

/*
 * Puts a capture file into output(): the newest of a stick's (its folder, its device, an image of it), or one
 * made from the boot info block in a guest's memory (guest:PID, a file). The exit status; ends the
 * program where there is none.
 */
int capture_from(const char *from);

#endif
