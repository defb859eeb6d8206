/* SPDX-License-Identifier: MIT */
/*
 * The loader's config file, groma.conf: `key = value` lines of UTF-8 text (the format
 * and every key are in README.md beside this file).
 *
 * Pure: bytes in, values and faults out; nothing points into the input afterwards. A
 * fault is a warning (boot goes on) or an error (the loader refuses to boot). Nothing
 * is ever cut to fit: what is too long is an error. Text is strict UTF-8 (Unicode 15,
 * table 3-7) without control characters, so that it can be shown as it stands.
 */
#ifndef GROMA_CONFIG_CONFIG_H
#define GROMA_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

#define CONFIG_MAX_FILE_BYTES 65536u /* a larger file is refused unread */
#define CONFIG_MAX_PATH_BYTES 255u
#define CONFIG_MAX_CMDLINE_BYTES 2047u
#define CONFIG_MAX_MODULE_CMDLINE_BYTES 255u
#define CONFIG_MAX_REASON_BYTES 63u
#define CONFIG_MAX_MODULES 16u
#define CONFIG_MAX_RANGES 16u     /* of `reserve` */
#define CONFIG_MAX_BAD_RANGES 64u /* of all `badram` lines; a mask may mean several */
#define CONFIG_MAX_TIMEOUT_S 3600u
#define CONFIG_FAULT_KEY_CAPACITY_BYTES 32u

/* A path has at most one UCS-2 unit a byte; this many hold any of ours with its NUL. */
#define CONFIG_PATH_CAPACITY_UNITS (CONFIG_MAX_PATH_BYTES + 1u)

/*
 * Numbers are stable: they are the NN of E-CONF-NN (errors, 1..49) and W-CONF-NN
 * (warnings, 50 and up) that programs print and people search for.
 */
enum config_status {
    CONFIG_OK = 0,
    CONFIG_FILE_TOO_LARGE = 1,       /* line 0; nothing of the file was looked at */
    CONFIG_CONTROL_BYTE = 2,         /* NUL, C0 but tab, DEL, C1, a lone CR; a tab in a path */
    CONFIG_BAD_UTF8 = 3,             /* also in a comment */
    CONFIG_BAD_NUMBER = 4,           /* empty, a sign, hex, or anything but digits */
    CONFIG_NUMBER_OUT_OF_RANGE = 5,  /* timeout above 3600; an address above 2^64 - 1 */
    CONFIG_VALUE_TOO_LONG = 6,
    CONFIG_BAD_CHOICE = 7,           /* none of the words that the key knows */
    CONFIG_PATH_NOT_ABSOLUTE = 8,    /* empty, or not begun with / or \ */
    CONFIG_PATH_DEVICE = 9,          /* holds a colon: a device prefix, or a stream */
    CONFIG_PATH_COMPONENT = 10,      /* a component is empty, . or .., or a driver would trim it */
    CONFIG_BAD_RANGE = 11,           /* not 0xFIRST-0xEND nor (badram) 0xADDRESS,0xMASK; more behind it */
    CONFIG_EMPTY_RANGE = 12,         /* END is not above FIRST */
    CONFIG_TOO_MANY = 13,            /* lines of a repeatable key, or ranges that a mask means */
    CONFIG_NO_ROOM = 14,             /* config_path_to_ucs2: the buffer is too small */
    CONFIG_UNKNOWN_KEY = 50,
    CONFIG_DUPLICATE_KEY = 51,       /* of a single-valued key; the later line wins */
    CONFIG_NOT_KEY_VALUE = 52,       /* a line without `=`, or with nothing before it */
};

/* "E-CONF-04", "W-CONF-50"; "E-CONF-99" for what is no status. Never NULL. */
const char *config_status_id(enum config_status status);

/* What is wrong, for people ("not a decimal number", ...). Never NULL. */
const char *config_status_text(enum config_status status);

bool config_status_is_error(enum config_status status);

enum config_serial {
    CONFIG_SERIAL_AUTO, /* the UART only if the firmware's console does not reach it */
    CONFIG_SERIAL_ON,
    CONFIG_SERIAL_OFF,
};

enum config_drift {
    CONFIG_DRIFT_NO,
    CONFIG_DRIFT_YES,    /* compare with the boot before, by a firmware variable */
    CONFIG_DRIFT_FORGET, /* delete that variable */
};

enum config_checkpoint {
    CONFIG_CHECKPOINT_NO,
    CONFIG_CHECKPOINT_YES,    /* write into a firmware variable how far the boot came */
    CONFIG_CHECKPOINT_FORGET, /* delete that variable */
};

struct config_module {
    char path[CONFIG_MAX_PATH_BYTES + 1]; /* normalised */
    char cmdline[CONFIG_MAX_MODULE_CMDLINE_BYTES + 1];
};

/* Byte addresses [first, end), first < end, as the file gives them: any alignment. */
struct config_range {
    uint64_t first;
    uint64_t end;
};

/* Ranges come in the order of the file and may overlap. */
struct config_reservation {
    struct config_range range;
    char reason[CONFIG_MAX_REASON_BYTES + 1]; /* may be empty */
};

/*
 * All strings are NUL-terminated valid UTF-8; unused bytes are 0. A normalised path
 * separates with backslashes, as UEFI does. Too large for a loader's stack frame.
 */
struct config {
    char kernel[CONFIG_MAX_PATH_BYTES + 1]; /* normalised path on the boot volume */
    char cmdline[CONFIG_MAX_CMDLINE_BYTES + 1];
    struct config_module modules[CONFIG_MAX_MODULES]; /* in the order of the file */
    size_t module_count;
    struct config_reservation reservations[CONFIG_MAX_RANGES];
    size_t reservation_count;
    struct config_range bad_ranges[CONFIG_MAX_BAD_RANGES];
    size_t bad_range_count;
    uint32_t timeout_s; /* how long an error stays on screen */
    enum config_serial serial;
    bool verbose;
    bool show_maps; /* with verbose: the firmware's entries too, and the result */
    bool capture;   /* write the machine's map to the boot volume */
    bool dma_off;   /* clear bus mastering on PCI bridges before the exit */
    enum config_drift drift;
    enum config_checkpoint checkpoint;
    bool watch; /* hash what the firmware keeps, before and after the exit */
};
STATIC_ASSERT(sizeof(struct config) <= 13312, "config fits 13 KiB");

struct config_fault {
    enum config_status status;
    uint32_t line; /* from 1; 0 means the whole file */
    /* The key, or how its line begins: printable ASCII without blanks, the rest as \xHH;
       cut where it is too long. Empty in a comment and for the whole file. */
    char key[CONFIG_FAULT_KEY_CAPACITY_BYTES];
};

/* What holds where there is no file, and for every key that the file does not name. */
void config_defaults(struct config *config);

/*
 * Reads a whole file. *config was made by config_defaults.
 *
 * Returns CONFIG_OK, perhaps with warnings: *config holds the defaults and, over
 * them, the values of the file. Or returns the first error's status: then only the
 * keys that decide how the error is shown (timeout, serial, verbose) are taken over,
 * from lines without fault; everything else in *config is as it was.
 *
 * One fault a line at most, in the order of lines. *ret_fault_count counts all; the
 * first fault_capacity of them are in faults[]. Where warnings fill the array before
 * the first error, the error takes the last slot: an array of 1 or more always holds
 * it. faults may be NULL where fault_capacity is 0. O(size), and O(1) above the cap.
 */
MUST_USE enum config_status config_parse(struct config *config, const char *bytes, size_t size,
                                         struct config_fault *faults, size_t fault_capacity,
                                         size_t *ret_fault_count);

/*
 * A path as UEFI's file protocol takes it: UCS-2 with backslashes and a final 0 in
 * buffer[capacity_units], *ret_length_units without the 0. Code points above 0xffff
 * become surrogate pairs. Errors, with buffer and length untouched: BAD_UTF8, NO_ROOM.
 */
MUST_USE enum config_status config_path_to_ucs2(const char *path, uint16_t *buffer,
                                                size_t capacity_units, size_t *ret_length_units);

C_DECLARATIONS_END

#endif
