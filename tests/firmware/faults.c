/* SPDX-License-Identifier: MIT */
/* What can go wrong with each call: UEFI 2.10, "Status Codes Returned" of each, and worse. */
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR(code)  (UINT64_C(0x8000000000000000) | (code))
#define FAILS(label, code) {.name = label, .status = ERROR(code)}
#define ODD(label, code) {.name = label, .status = ERROR(code), .odd = true}
#define LIES(label, what) {.name = label, .lie = what, .odd = true}
#define END {.name = NULL}

static const struct action pages[] = {FAILS("OutOfResources", 9), FAILS("InvalidParameter", 2),
                                      FAILS("NotFound", 14), ODD("DeviceError", 7), END};
static const struct action pages_back[] = {FAILS("NotFound", 14), FAILS("InvalidParameter", 2), END};
static const struct action pool[] = {FAILS("OutOfResources", 9), FAILS("InvalidParameter", 2),
                                     FAILS("NotFound", 14), LIES("Null", NULL_RESULT), END};
static const struct action pool_back[] = {FAILS("InvalidParameter", 2), ODD("NotFound", 14), END};
static const struct action map[] = {
    FAILS("InvalidParameter", 2), FAILS("BufferTooSmall", 5), ODD("DeviceError", 7), ODD("Unsupported", 3),
    LIES("Nothing", NO_BYTES), LIES("Stride0", STRIDE_0), LIES("Stride16", STRIDE_16), LIES("Stride44", STRIDE_44),
    LIES("Stride64", STRIDE_64), LIES("Version2", VERSION_2), LIES("Ragged", RAGGED), LIES("Grown", GROWN),
    LIES("TakenAway", TAKEN_AWAY), LIES("Huge", HUGE_SIZE), LIES("More", LARGER), END};
static const struct action leave_boot[] = {FAILS("InvalidParameter", 2), ODD("DeviceError", 7), ODD("Unsupported", 3),
                                     ODD("AccessDenied", 15), {.name = "Garbage", .status = 0x7777, .odd = true}, END};
static const struct action handle[] = {FAILS("Unsupported", 3), FAILS("InvalidParameter", 2), ODD("NotFound", 14),
                                       ODD("AccessDenied", 15), LIES("Null", NULL_RESULT), END};
static const struct action locate[] = {FAILS("NotFound", 14), FAILS("InvalidParameter", 2), ODD("Unsupported", 3),
                                       LIES("Null", NULL_RESULT), END};
static const struct action locate_all[] = {FAILS("NotFound", 14), FAILS("InvalidParameter", 2),
                                           FAILS("OutOfResources", 9), END};
static const struct action watchdog[] = {FAILS("InvalidParameter", 2), FAILS("Unsupported", 3),
                                         FAILS("DeviceError", 7), END};
static const struct action stall[] = {ODD("Unsupported", 3), ODD("DeviceError", 7), END};
static const struct action volume[] = {
    FAILS("Unsupported", 3), FAILS("NoMedia", 12), FAILS("DeviceError", 7), FAILS("VolumeCorrupted", 10),
    FAILS("AccessDenied", 15), FAILS("OutOfResources", 9), FAILS("MediaChanged", 13), LIES("Null", NULL_RESULT), END};
static const struct action file[] = {
    FAILS("NotFound", 14), FAILS("NoMedia", 12), FAILS("MediaChanged", 13), FAILS("DeviceError", 7),
    FAILS("VolumeCorrupted", 10), FAILS("WriteProtected", 8), FAILS("AccessDenied", 15), FAILS("OutOfResources", 9),
    FAILS("VolumeFull", 11), LIES("Null", NULL_RESULT), END};
static const struct action close_file[] = {ODD("DeviceError", 7), ODD("MediaChanged", 13), END};
static const struct action bytes[] = {
    FAILS("NoMedia", 12), FAILS("DeviceError", 7), FAILS("VolumeCorrupted", 10), FAILS("BufferTooSmall", 5),
    ODD("MediaChanged", 13), ODD("Aborted", 21), LIES("Short", SHORT_READ), LIES("End", NO_BYTES),
    LIES("TooMany", TOO_MANY_BYTES), END};
static const struct action info[] = {
    FAILS("Unsupported", 3), FAILS("NoMedia", 12), FAILS("DeviceError", 7), FAILS("VolumeCorrupted", 10),
    FAILS("BufferTooSmall", 5), LIES("Larger", LARGER), LIES("Smaller", SMALLER), LIES("Huge", HUGE_SIZE),
    LIES("Directory", DIRECTORY), LIES("ShortInfo", SHORT_INFO), END};
static const struct action write_bytes[] = {
    FAILS("Unsupported", 3), FAILS("NoMedia", 12), FAILS("DeviceError", 7), FAILS("VolumeCorrupted", 10),
    FAILS("WriteProtected", 8), FAILS("AccessDenied", 15), FAILS("VolumeFull", 11), LIES("Short", SHORT_READ), END};
static const struct action flush[] = {FAILS("NoMedia", 12), FAILS("DeviceError", 7), FAILS("WriteProtected", 8),
                                      FAILS("AccessDenied", 15), FAILS("VolumeFull", 11), END};
static const struct action delete_file[] = {{.name = "DeleteFailure", .status = 2}, ODD("DeviceError", 7), END};
static const struct action output[] = {FAILS("DeviceError", 7), FAILS("Unsupported", 3),
                                       {.name = "UnknownGlyph", .status = 1}, END};
static const struct action key[] = {FAILS("DeviceError", 7), FAILS("Unsupported", 3), LIES("Pressed", GARBAGE), END};
static const struct action variable[] = {
    FAILS("NotFound", 14), FAILS("BufferTooSmall", 5), FAILS("InvalidParameter", 2), FAILS("DeviceError", 7),
    FAILS("SecurityViolation", 26), FAILS("Unsupported", 3), LIES("Empty", NO_BYTES), LIES("Garbage", GARBAGE), END};
static const struct action set_variable[] = {
    FAILS("InvalidParameter", 2), FAILS("OutOfResources", 9), FAILS("DeviceError", 7), FAILS("WriteProtected", 8),
    FAILS("SecurityViolation", 26), FAILS("NotFound", 14), FAILS("Unsupported", 3), END};
static const struct action clock_time[] = {FAILS("InvalidParameter", 2), FAILS("DeviceError", 7), FAILS("Unsupported", 3),
                                     LIES("Garbage", GARBAGE), END};
static const struct action random_bytes[] = {FAILS("Unsupported", 3), FAILS("DeviceError", 7), FAILS("NotReady", 6),
                                             FAILS("InvalidParameter", 2), END};

static const struct {
    const char *name;
    const struct action *actions;
    bool optional;
    const char *ids; /* classes of the lines that may tell of it */
} calls[CALL_COUNT] = {
    [ALLOCATE_PAGES] = {"AllocatePages", pages, false, "MEM"},
    [FREE_PAGES] = {"FreePages", pages_back, false, ""},
    [ALLOCATE_POOL] = {"AllocatePool", pool, false, "MEM"},
    [FREE_POOL] = {"FreePool", pool_back, true, ""},
    [GET_MEMORY_MAP] = {"GetMemoryMap", map, false, "MEM EXIT MAP"},
    [EXIT_BOOT_SERVICES] = {"ExitBootServices", leave_boot, false, "EXIT"},
    [HANDLE_PROTOCOL] = {"HandleProtocol", handle, false, "VOL"},
    [OPEN_PROTOCOL] = {"OpenProtocol", handle, false, ""},
    [CLOSE_PROTOCOL] = {"CloseProtocol", close_file, true, ""},
    [LOCATE_PROTOCOL] = {"LocateProtocol", locate, true, ""},
    [LOCATE_HANDLE_BUFFER] = {"LocateHandleBuffer", locate_all, true, ""},
    [SET_WATCHDOG] = {"SetWatchdogTimer", watchdog, true, ""},
    [STALL] = {"Stall", stall, true, ""},
    [OPEN_VOLUME] = {"OpenVolume", volume, false, "VOL"},
    [OPEN_FILE] = {"Open", file, false, "FILE"},
    [CLOSE_FILE] = {"Close", close_file, true, ""},
    [READ_FILE] = {"Read", bytes, false, "FILE"},
    [GET_INFO] = {"GetInfo", info, false, "FILE CONF ELF MEM"},
    [OUTPUT_STRING] = {"OutputString", output, true, ""},
    [READ_KEY] = {"ReadKeyStroke", key, true, ""},
    [GET_VARIABLE] = {"GetVariable", variable, true, ""},
    [SET_VARIABLE] = {"SetVariable", set_variable, true, ""},
    [GET_TIME] = {"GetTime", clock_time, true, ""},
    [WRITE_FILE] = {"Write", write_bytes, true, ""},
    [FLUSH_FILE] = {"Flush", flush, true, ""},
    [SET_INFO] = {"SetInfo", flush, true, ""},
    [DELETE_FILE] = {"Delete", delete_file, true, ""},
    [QUERY_VARIABLES] = {"QueryVariableInfo", set_variable, true, ""},
    [GET_RANDOM] = {"GetRNG", random_bytes, true, ""},
};

const char *call_name(enum call call)
{
    return calls[call].name;
}

const struct action *call_actions(enum call call)
{
    return calls[call].actions;
}

bool call_is_optional(enum call call)
{
    return calls[call].optional;
}

bool call_explains(enum call call, const char *id)
{
    size_t letters = strcspn(id + 2, "-");
    const char *at = calls[call].ids;

    while (*at != '\0') {
        size_t length = strcspn(at, " ");
        if (length == letters && strncmp(at, id + 2, length) == 0)
            return true;
        at += length + (at[length] == ' ');
    }
    return false;
}

void script_print(const struct script *script, char *text, size_t capacity)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < script->count && used < capacity; i++) {
        const struct rule *rule = &script->rules[i];
        int wrote = snprintf(text + used, capacity - used, "%s%s#%u%s=%s", i > 0 ? "," : "",
                             call_name(rule->call), rule->occurrence, rule->onward ? "+" : "",
                             rule->action->name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

/* One "Call#N[+]=Action", ended by a comma or the text's end. */
static bool rule_parse(const char *text, size_t length, struct rule *rule)
{
    char call[32], action[32], plus[2] = "";
    unsigned occurrence;

    if (length >= 90)
        return false;
    if (sscanf(text, "%31[A-Za-z]#%u%1[+]=%31[A-Za-z0-9]", call, &occurrence, plus, action) != 4) {
        plus[0] = '\0';
        if (sscanf(text, "%31[A-Za-z]#%u=%31[A-Za-z0-9]", call, &occurrence, action) != 3)
            return false;
    }
    for (unsigned i = 0; i < CALL_COUNT; i++) {
        for (const struct action *a = calls[i].actions; strcmp(call, calls[i].name) == 0 && a->name != NULL; a++) {
            if (strcmp(a->name, action) == 0) {
                *rule = (struct rule){(enum call)i, occurrence, plus[0] == '+', a};
                return true;
            }
        }
    }
    return false;
}

bool script_parse(const char *text, struct script *ret_script)
{
    struct script script = {.count = 0};

    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (script.count >= sizeof script.rules / sizeof script.rules[0] ||
            !rule_parse(text, length, &script.rules[script.count++]))
            return false;
        text += length + (text[length] == ',');
    }
    *ret_script = script;
    return true;
}
