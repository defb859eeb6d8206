/* SPDX-License-Identifier: MIT */
/*
 * How far a boot came: a number for each step of the loader, and the record that tells the next
 * boot of it, so that a machine that resets without a word still says where.
 *
 * The record lies in a firmware variable. Flash wears out, so a boot writes it at most 4 times:
 * at the first and the last step it can, and at two between, chosen so that the stretch in which
 * the boot before ended becomes shorter: after five boots it is one step. A boot that came to the
 * last step is the end of it: nothing is written any more until the variable is deleted.
 *
 *   boot 1   inspect-machine . find-tables . read-modules . . leave-firmware
 *                              ^ dies in read-kernel: between find-tables and read-modules
 *   boot 2   inspect-machine . . read-kernel read-modules . . leave-firmware
 *                                ^ dies again: between read-kernel and read-modules
 *
 * Pure: bytes in, decisions out. What was read from firmware may be anything.
 */
#ifndef GROMA_CHECKPOINT_CHECKPOINT_H
#define GROMA_CHECKPOINT_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/* In the order in which they run; printed in hex, and sent to port 80h. */
enum checkpoint {
    CHECKPOINT_OPEN_VOLUME = 0x10,
    CHECKPOINT_READ_CONFIG = 0x18,
    CHECKPOINT_INSPECT_MACHINE = 0x20, /* the first that can be written down: the config is known */
    CHECKPOINT_READ_MAP = 0x28,
    CHECKPOINT_FIND_TABLES = 0x30,
    CHECKPOINT_READ_KERNEL = 0x38,
    CHECKPOINT_READ_MODULES = 0x40,
    CHECKPOINT_BUILD_SPACE = 0x48,
    CHECKPOINT_EXTRAS = 0x50,         /* what the config asks for: drift, capture, ... */
    CHECKPOINT_LEAVE_FIRMWARE = 0x58, /* the last: after ExitBootServices nothing can be written */
    CHECKPOINT_DMA_OFF = 0x60,
    CHECKPOINT_VERIFY_MAP = 0x68,
    CHECKPOINT_MAP_MEMORY = 0x70,
    CHECKPOINT_SEAL = 0x78,
    CHECKPOINT_SWITCH = 0x80,
};
#define CHECKPOINT_STEP  8u
#define CHECKPOINT_FIRST CHECKPOINT_INSPECT_MACHINE
#define CHECKPOINT_LAST  CHECKPOINT_LEAVE_FIRMWARE

/* "read-kernel"; "?" for what is no step. Never NULL. */
const char *checkpoint_name(unsigned code);

#define CHECKPOINT_RECORD_BYTES 8u

enum checkpoint_state {
    CHECKPOINT_NEW,        /* there is no record */
    CHECKPOINT_UNREADABLE, /* damaged, or another version's: as if there were none */
    CHECKPOINT_STOPPED,    /* the boot before came to `code` and not to `missed` */
    CHECKPOINT_COMPLETE,   /* a boot came to the last one; nothing is written any more */
};

/* What the boot before left. */
struct checkpoint_before {
    enum checkpoint_state state;
    uint8_t code;   /* 0 where there is no record */
    uint8_t missed; /* the next code that it would have written */
};

/* Reads a variable's content; 0 bytes: there is none. */
struct checkpoint_before checkpoint_read(const uint8_t *bytes, size_t size);

/* Is this step written down in this boot? At most 4 are, the first and the last among them. */
bool checkpoint_is_written(const struct checkpoint_before *before, enum checkpoint step);

/* The record for a step that is written down. */
void checkpoint_record(const struct checkpoint_before *before, enum checkpoint step,
                       uint8_t ret_bytes[CHECKPOINT_RECORD_BYTES]);

C_DECLARATIONS_END

#endif
