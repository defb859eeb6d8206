/* SPDX-License-Identifier: MIT */
/*
 * What can go wrong with each call: UEFI 2.10, "Status Codes Returned" of each, and worse. No C library:
 * the host's fake firmware and the program on the target (target/) link this alike.
 */
#include "faults.h"

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
                                           FAILS("OutOfResources", 9), LIES("Null", NULL_RESULT), END};
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

static const struct action location[] = {FAILS("InvalidParameter", 2), ODD("Unsupported", 3), END};
static const struct action registers[] = {FAILS("Unsupported", 3), FAILS("InvalidParameter", 2), ODD("DeviceError", 7),
                                          LIES("Gone", GARBAGE), END};
static const struct action disconnect[] = {FAILS("NotFound", 14), FAILS("InvalidParameter", 2), FAILS("DeviceError", 7),
                                           FAILS("OutOfResources", 9), END};

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
    [SET_POSITION] = {"SetPosition", flush, false, "FILE"},
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
    [PCI_LOCATION] = {"GetLocation", location, true, ""},
    [PCI_READ] = {"PciRead", registers, true, ""},
    [PCI_WRITE] = {"PciWrite", registers, true, ""},
    [DISCONNECT] = {"DisconnectController", disconnect, true, ""},
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

/* The length of a word that ends in `end`, a NUL or a blank. */
static size_t word_length(const char *word, char end)
{
    size_t length = 0;

    while (word[length] != '\0' && word[length] != ' ' && word[length] != end)
        length++;
    return length;
}

bool call_explains(enum call call, const char *id)
{
    const char *kind = id + 2; /* behind "E-" */
    const char *at = calls[call].ids;
    size_t letters = word_length(kind, '-');

    while (*at != '\0') {
        size_t length = word_length(at, ' '), same = 0;
        while (same < length && at[same] == kind[same])
            same++;
        if (length == letters && same == length)
            return true;
        at += length + (at[length] == ' ');
    }
    return false;
}
