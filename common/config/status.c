/* SPDX-License-Identifier: MIT */
/* Ids and texts of enum config_status; see config.h. */
#include "config/config.h"

/* No pointers: nothing to relocate. */
struct row {
    uint8_t status;
    char id[10];
    char text[58];
};

static const struct row *find_row(enum config_status status)
{
    static const struct row rows[] = {
        {CONFIG_OK, "CONF-00", "no fault"},
        {CONFIG_FILE_TOO_LARGE, "E-CONF-01", "the file is larger than 64 KiB"},
        {CONFIG_CONTROL_BYTE, "E-CONF-02", "a control character"},
        {CONFIG_BAD_UTF8, "E-CONF-03", "not valid UTF-8"},
        {CONFIG_BAD_NUMBER, "E-CONF-04", "not a decimal number"},
        {CONFIG_NUMBER_OUT_OF_RANGE, "E-CONF-05", "the number is too large"},
        {CONFIG_VALUE_TOO_LONG, "E-CONF-06", "the value is too long"},
        {CONFIG_BAD_CHOICE, "E-CONF-07", "not one of the words this key takes"},
        {CONFIG_PATH_NOT_ABSOLUTE, "E-CONF-08", "the path does not begin with / or \\"},
        {CONFIG_PATH_DEVICE, "E-CONF-09", "the path has a colon: no device names"},
        {CONFIG_PATH_COMPONENT, "E-CONF-10", "a part of the path is empty, '.', '..' or disguised"},
        {CONFIG_BAD_RANGE, "E-CONF-11", "not a range of the form 0xFIRST-0xEND"},
        {CONFIG_EMPTY_RANGE, "E-CONF-12", "the range is empty: its end is not above its first"},
        {CONFIG_TOO_MANY, "E-CONF-13", "more than 16 lines of this key"},
        {CONFIG_NO_ROOM, "E-CONF-14", "the path does not fit the buffer"},
        {CONFIG_UNKNOWN_KEY, "W-CONF-50", "unknown key, ignored"},
        {CONFIG_DUPLICATE_KEY, "W-CONF-51", "the key stood there before; this line wins"},
        {CONFIG_NOT_KEY_VALUE, "W-CONF-52", "not of the form key = value, ignored"},
        {99, "E-CONF-99", "unknown status"}, /* last: what is found for all others */
    };
    size_t i = 0;

    while (rows[i].status != 99 && rows[i].status != (unsigned)status)
        i++;
    return &rows[i];
}

const char *config_status_id(enum config_status status)
{
    return find_row(status)->id;
}

const char *config_status_text(enum config_status status)
{
    return find_row(status)->text;
}
