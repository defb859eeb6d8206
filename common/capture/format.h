/* SPDX-License-Identifier: MIT */
/* Offsets of the capture file, for capture_build.c and capture.c alone; README.md is the text. */
#ifndef GROMA_CAPTURE_FORMAT_H
#define GROMA_CAPTURE_FORMAT_H

#include "capture/capture.h"

enum {
    /* Header. */
    HEADER_MAGIC = 0,         /* u64 */
    HEADER_MAJOR = 8,         /* u16 */
    HEADER_MINOR = 10,        /* u16 */
    HEADER_BYTES = 12,        /* u32: where the first record begins */
    HEADER_RESERVED = 16,     /* u32, 0 */
    HEADER_CRC = 20,          /* u32: of the bytes before it */

    /* A record's head; its payload follows, then zeroes up to a multiple of 8. */
    RECORD_MAGIC = 0,         /* u32 */
    RECORD_TYPE = 4,          /* u32 */
    RECORD_PAYLOAD_BYTES = 8, /* u64 */
    RECORD_RESERVED = 16,     /* u32, 0 */
    RECORD_CRC = 20,          /* u32: of the 20 bytes before it and the padded payload */

    TRAILER_FILE_BYTES = 0,   /* u64: with the trailer */
    TRAILER_COUNT = 8,        /* u32: records before it */
    TRAILER_CRC = 12,         /* u32: of the file before the trailer's record */
    TRAILER_RESERVED = 16,    /* u64, 0 */

    MAP_FORMAT = 0,           /* u32 */
    MAP_MOMENT = 4,           /* u32 */
    MAP_STRIDE = 8,           /* u32 */
    MAP_VERSION = 12,         /* u32 */
    MAP_SIZE = 16,            /* u64 */
    MAP_BYTES = 24,

    FIRMWARE_UEFI = 0,        /* u32 */
    FIRMWARE_REVISION = 4,    /* u32 */
    FIRMWARE_VENDOR = 8,      /* the rest: UTF-8, no NUL */

    CPU_SIGNATURE = 0,        /* u32 */
    CPU_PHYSICAL_BITS = 4,    /* u32 */
    CPU_LINEAR_BITS = 8,      /* u32 */
    CPU_RESERVED = 12,
    CPU_VENDOR = 16,          /* 16 bytes, NUL padded */
    CPU_BRAND = 32,           /* 64 bytes, NUL padded */
    CPU_BYTES = 96,

    TABLES_BYTES = 32,        /* four u64 */

    WRITER_SECONDS = 0,       /* u64 */
    WRITER_PROGRAM = 8,       /* the rest: UTF-8, no NUL */

    CLAIMS_COUNT = 0,         /* u32 */
    CLAIMS_STRIDE = 4,        /* u32 */
    CLAIMS_FIRST = 8,
    CLAIM_FIRST_PFN = 0,      /* u64 */
    CLAIM_END_PFN = 8,        /* u64 */
    CLAIM_KIND = 16,          /* u8 */
    CLAIM_FLAGS = 17,         /* u8 */
    CLAIM_NAME = 24,          /* 24 bytes, NUL padded */
    CLAIM_BYTES = 48,
};

#define RECORD_MAGIC_VALUE UINT32_C(0x43455247) /* "GREC" in memory */

#endif
