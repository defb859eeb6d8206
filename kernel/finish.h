/* SPDX-License-Identifier: MIT */
/*
 * The kernel's last words.
 */
#ifndef GROMA_KERNEL_FINISH_H
#define GROMA_KERNEL_FINISH_H

/*
 * Prints `groma: done status=ok`, or `failed` where a fault was printed before, and ends the
 * machine with that result.
 */
_Noreturn void finish(void);

#endif
