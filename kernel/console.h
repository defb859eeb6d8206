/* SPDX-License-Identifier: MIT */
/*
 * Everything the kernel prints: to the serial port, and to the screen once there is one.
 *
 * A line has one of four purposes, and each purpose its function. Lines longer than
 * CONSOLE_LINE_BYTES are cut and end in "...". ASCII only: other bytes come out as '?'.
 * Works before, during and after an exception; every wait is bounded.
 */
#ifndef GROMA_KERNEL_CONSOLE_H
#define GROMA_KERNEL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bootinfo/bootinfo.h"
#include "screen/screen.h"

#define CONSOLE_LINE_BYTES 1280u

/* Where output goes. */
#define CONSOLE_SERIAL 1u
#define CONSOLE_SCREEN 2u
#define CONSOLE_ALL    (CONSOLE_SERIAL | CONSOLE_SCREEN)

/* Finds the serial port. Call first. */
void console_start(void);

/* Takes over the framebuffer and clears it. False: there is none, or its shape is impossible. */
bool console_attach_screen(const struct bootinfo_framebuffer *framebuffer);

/* The screen, for drawing; NULL where there is none. */
struct screen *console_screen(void);

/* No more output to the screen (a fault may lie in it). */
void console_detach_screen(void);

/* From now on for-people lines are left out; facts and faults are not. */
void console_be_quiet(void);

/* A line for people; the format ends in '\n'. */
void console_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a row of a long table: serial only. */
void console_list(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line for programs, "groma: TOPIC key=value ...\n", or one that is never left out. */
void console_fact(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line that says what failed, on which value, and what happens next: "E-AREA-NN ...\n".
 * It makes the run a failed one.
 */
void console_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many faults were printed. */
uint32_t console_fault_count(void);

/* Bytes as they are, to some of the outputs. */
void console_write(unsigned outputs, const char *chars, size_t size_bytes);

/* Waits (bounded) until the serial port has sent everything. */
void console_drain(void);

#endif
