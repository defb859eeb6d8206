/* SPDX-License-Identifier: MIT */
/*
 * The capture file: a machine's memory map as its firmware gave it, with what is needed to make
 * sense of it elsewhere. Written by a loader to a stick, read by tools and tests.
 *
 *   | header | record | record | ... | trailer record |
 *
 * Everything is little-endian and lies on 8-byte bounds. Each record carries the CRC-32C of itself,
 * the trailer that of the whole file before it. The trailer is written last: a file without one is
 * incomplete, and still readable as far as its records are whole. README.md has the layout in full.
 *
 * A reader of version 1.x reads every later 1.y: new kinds of records are skipped, known ones only
 * grow at their end. Pure functions over the caller's bytes, at any alignment; nothing outside
 * them is read, whatever they say.
 */
#ifndef GROMA_CAPTURE_CAPTURE_H
#define GROMA_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"
#include "memmap/normalize.h"

C_DECLARATIONS_BEGIN

#define CAPTURE_MAGIC UINT64_C(0x0050414341414d47) /* "GMAACAP\0" in memory */
#define CAPTURE_MAJOR 1u
#define CAPTURE_MINOR 0u

#define CAPTURE_HEADER_BYTES  24u
#define CAPTURE_RECORD_BYTES  24u /* of a record's head */
#define CAPTURE_TRAILER_BYTES 24u /* of the trailer's payload */
#define CAPTURE_TEXT_BYTES    256u /* the longest text a record holds, NUL included */
#define CAPTURE_CLAIM_NAME_BYTES 24u

/* Values are stable: append only. */
enum capture_type {
    CAPTURE_MAP = 1,      /* struct capture_map */
    CAPTURE_FIRMWARE = 2, /* struct capture_firmware */
    CAPTURE_CPU = 3,      /* struct capture_cpu */
    CAPTURE_TABLES = 4,   /* struct capture_tables */
    CAPTURE_CLAIMS = 5,   /* what the loader allocated */
    CAPTURE_WRITER = 6,   /* struct capture_writer_facts */
    CAPTURE_TRAILER = 0x444e4547, /* "GEND" in memory */
};

/* When a map was taken. */
enum capture_moment {
    CAPTURE_UNKNOWN_MOMENT = 0,
    CAPTURE_AT_START = 1,    /* before the loader placed anything: its image and its state alone are in it */
    CAPTURE_BEFORE_EXIT = 2, /* with the loader's allocations, boot services running */
    CAPTURE_AFTER_EXIT = 3,  /* of the key that ExitBootServices took */
};

/* A raw table, byte for byte as it was given. */
struct capture_map {
    enum memmap_format format; /* UEFI or E820 */
    enum capture_moment moment;
    uint32_t stride_bytes;
    uint32_t descriptor_version; /* UEFI's; 0 for others */
    const uint8_t *bytes;        /* into the file */
    uint64_t size_bytes;
};

struct capture_firmware {
    uint32_t uefi_revision;     /* of the system table: 2.70 is 0x00020046 */
    uint32_t firmware_revision; /* the vendor's own number */
    char vendor[CAPTURE_TEXT_BYTES];
};

/* CPUID's answers; 0 and "" where not asked. */
struct capture_cpu {
    uint32_t signature;     /* leaf 1, EAX */
    uint32_t physical_bits; /* leaf 80000008h */
    uint32_t linear_bits;
    char vendor[16];
    char brand[64];
};

struct capture_tables {
    uint64_t rsdp_paddr; /* 0 where there is none */
    uint64_t smbios_paddr;
    uint64_t smbios3_paddr;
    uint64_t system_table_paddr;
};

struct capture_writer_facts {
    uint64_t unix_seconds; /* 0 unknown */
    char program[CAPTURE_TEXT_BYTES]; /* "groma 0.1.0" */
};

/* Values are stable: append only. */
enum capture_status {
    CAPTURE_OK = 0,
    CAPTURE_INCOMPLETE = 1,  /* no trailer: cut, or never finished; its whole records can be read */
    CAPTURE_DAMAGED = 2,     /* a record or the file belies its CRC or size; those before can be read */
    CAPTURE_BAD_MAGIC = 3,   /* no capture file */
    CAPTURE_BAD_VERSION = 4, /* another major version */
    CAPTURE_BAD_HEADER = 5,  /* the header is cut or says an impossible size */
    CAPTURE_BAD_RECORD = 6,  /* a record too short for its type, or with impossible content */
    CAPTURE_NOT_FOUND = 7,   /* no such record */
    CAPTURE_NO_ROOM = 8,     /* the buffer is too small; the file in it must not be used */
    CAPTURE_BAD_VALUE = 9,   /* what was to be added cannot be said in a record */
};

/* One sentence for people; never NULL. */
const char *capture_status_text(enum capture_status status);

/* ---- writing ------------------------------------------------------------------------------ */

/* A file in the making. A record that does not fit sets `failed`; then capture_seal says so. */
struct capture_builder {
    uint8_t *bytes;
    uint64_t capacity_bytes;
    uint64_t used_bytes;
    uint32_t record_count;
    enum capture_status failed; /* the first failure, OK before */
};

/* Begins a file in the caller's buffer. NO_ROOM: below a header. O(1). */
MUST_USE enum capture_status capture_begin(struct capture_builder *builder, void *buffer,
                                           uint64_t capacity_bytes);

/* What capture_begin .. capture_seal need for one map of this size, texts and `claim_count` claims. */
uint64_t capture_bound(uint64_t map_count, uint64_t map_bytes, uint32_t claim_count);

/* Append a record each; see struct capture_builder for failures. O(record). */
void capture_add_map(struct capture_builder *builder, const struct capture_map *map);
void capture_add_firmware(struct capture_builder *builder, const struct capture_firmware *firmware);
void capture_add_cpu(struct capture_builder *builder, const struct capture_cpu *cpu);
void capture_add_tables(struct capture_builder *builder, const struct capture_tables *tables);
void capture_add_writer(struct capture_builder *builder, const struct capture_writer_facts *facts);

/*
 * Appends all claims as one record. names[i] (NULL: none) is cut to 23 bytes; memmap_claim.name is
 * not written.
 */
void capture_add_claims(struct capture_builder *builder, const struct memmap_claim *claims,
                        const char *const *names, uint32_t count);

/*
 * Appends the trailer; *ret_size_bytes is the file's size. Whoever writes the file to a volume may
 * write everything before the last CAPTURE_RECORD_BYTES + CAPTURE_TRAILER_BYTES bytes first, flush,
 * and those bytes last. Errors: the builder's first failure, NO_ROOM. O(size).
 */
MUST_USE enum capture_status capture_seal(struct capture_builder *builder,
                                          uint64_t *ret_size_bytes);

/* ---- reading -------------------------------------------------------------------------------- */

/* A file that was opened. */
struct capture {
    const uint8_t *bytes;
    uint64_t records_first; /* offsets of the whole records */
    uint64_t records_end;
    uint32_t record_count; /* without the trailer */
    uint16_t minor;
};

struct capture_record {
    uint32_t type;          /* enum capture_type, or one this version does not know */
    const uint8_t *payload; /* into the file */
    uint64_t payload_bytes;
};

/*
 * Opens a file and checks it to its end. OK: sealed and whole. INCOMPLETE, DAMAGED: *ret_capture
 * shows the records before the place of the fault, each with a good CRC. BAD_MAGIC, BAD_VERSION,
 * BAD_HEADER: *ret_capture untouched. O(size).
 */
MUST_USE enum capture_status capture_open(const void *bytes, uint64_t size_bytes,
                                          struct capture *ret_capture);

/* Walks the records: *position is 0 at the start. False at the end. */
MUST_USE bool capture_next(const struct capture *capture, uint64_t *position,
                           struct capture_record *ret_record);

/* The `index`-th record of a type, from 0. NOT_FOUND. O(records). */
MUST_USE enum capture_status capture_find(const struct capture *capture, enum capture_type type,
                                          uint32_t index, struct capture_record *ret_record);

/*
 * Decode a record of the type named. BAD_RECORD: too short, of another type, a stride below the
 * format's entry, a size that is no multiple of the stride, more than 2^30 entries; *ret untouched.
 */
MUST_USE enum capture_status capture_read_map(const struct capture_record *record,
                                              struct capture_map *ret_map);
MUST_USE enum capture_status capture_read_firmware(const struct capture_record *record,
                                                   struct capture_firmware *ret_firmware);
MUST_USE enum capture_status capture_read_cpu(const struct capture_record *record,
                                              struct capture_cpu *ret_cpu);
MUST_USE enum capture_status capture_read_tables(const struct capture_record *record,
                                                 struct capture_tables *ret_tables);
MUST_USE enum capture_status capture_read_writer(const struct capture_record *record,
                                                 struct capture_writer_facts *ret_facts);

/* How many claims a record of claims holds, and the one at index < count; its name is 0. */
MUST_USE enum capture_status capture_claim_count(const struct capture_record *record,
                                                 uint32_t *ret_count);
void capture_claim(const struct capture_record *record, uint32_t index,
                   struct memmap_claim *ret_claim, char ret_name[CAPTURE_CLAIM_NAME_BYTES]);

/* Opens a map as a source for the engine; its errors are the reader's. */
MUST_USE enum memmap_status capture_map_source(const struct capture_map *map,
                                               struct memmap_source *ret_source);

C_DECLARATIONS_END

#endif
