/* SPDX-License-Identifier: MIT */
/*
 * Scripts of faults: at which call of which service what goes wrong, once or from then on.
 * Written as   Read#3=DeviceError   AllocatePages#2+=OutOfResources   joined by commas.
 */
#ifndef GROMA_TESTS_FIRMWARE_FAULTS_H
#define GROMA_TESTS_FIRMWARE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call {
    ALLOCATE_PAGES, FREE_PAGES, ALLOCATE_POOL, FREE_POOL, GET_MEMORY_MAP, EXIT_BOOT_SERVICES,
    HANDLE_PROTOCOL, OPEN_PROTOCOL, CLOSE_PROTOCOL, LOCATE_PROTOCOL, LOCATE_HANDLE_BUFFER,
    SET_WATCHDOG, STALL, OPEN_VOLUME, OPEN_FILE, CLOSE_FILE, READ_FILE, GET_INFO, OUTPUT_STRING,
    READ_KEY, GET_VARIABLE, SET_VARIABLE, GET_TIME, GET_RANDOM,
    WRITE_FILE, FLUSH_FILE, SET_INFO, DELETE_FILE, QUERY_VARIABLES,
    PCI_LOCATION, PCI_READ, PCI_WRITE, DISCONNECT, SET_POSITION, CALL_COUNT,
};

/* What a service does in place of its work. Without a lie: returns the status, does nothing. */
enum lie {
    NO_LIE,
    NULL_RESULT,     /* success, and a pointer of NULL */
    SHORT_READ,      /* half of it, or one byte */
    NO_BYTES,        /* success and 0 bytes */
    TOO_MANY_BYTES,  /* more than was asked for, says the count */
    LARGER, SMALLER, HUGE_SIZE, DIRECTORY, SHORT_INFO,
    STRIDE_0, STRIDE_16, STRIDE_44, STRIDE_64, VERSION_2, RAGGED, GROWN, TAKEN_AWAY,
    GARBAGE,         /* success, and nonsense */
};

struct action {
    const char *name;
    uint64_t status;
    enum lie lie;
    bool odd; /* the specification does not allow it */
};

struct rule {
    enum call call;
    uint32_t occurrence; /* from 1 */
    bool onward;
    const struct action *action;
};

struct script {
    struct rule rules[3];
    unsigned count;
};

struct fault_state {
    uint32_t made[CALL_COUNT]; /* calls so far */
    unsigned fired;
};

const char *call_name(enum call call);

/* The actions of a call, NULL-terminated by name. */
const struct action *call_actions(enum call call);

/* Must the loader boot although every one of these calls fails? */
bool call_is_optional(enum call call);

/* Does an error line with this id ("E-FILE-02") name the step in which this call failed? */
bool call_explains(enum call call, const char *id);

void script_print(const struct script *script, char *text, size_t capacity);
bool script_parse(const char *text, struct script *ret_script);

#endif
