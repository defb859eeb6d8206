/* SPDX-License-Identifier: MIT */
/* Ids and texts of enum config_status; see config.h. */
#include "config/config.h"

#include "text/text.h"

#define WARNING_FIRST (CONFIG_NO_ROOM + 1u) /* place of the first warning among the rows */
#define UNKNOWN_ROW   (WARNING_FIRST + CONFIG_NOT_KEY_VALUE - CONFIG_UNKNOWN_KEY + 1u)

/* Id and text of each status in order, errors first; the last pair is for all others. No pointers:
 * nothing to relocate. */
static const char rows[] =
    "CONF-00\0no fault\0"
    "E-CONF-01\0the file is larger than 64 KiB\0"
    "E-CONF-02\0a control character\0"
    "E-CONF-03\0not valid UTF-8\0"
    "E-CONF-04\0not a decimal number\0"
    "E-CONF-05\0the number is too large\0"
    "E-CONF-06\0the value is too long\0"
    "E-CONF-07\0not one of the words this key takes\0"
    "E-CONF-08\0the path does not begin with / or \\\0"
    "E-CONF-09\0the path has a colon: no device names\0"
    "E-CONF-10\0a part of the path is empty, '.', '..' or disguised\0"
    "E-CONF-11\0not 0xFIRST-0xEND (badram: nor 0xADDRESS,0xMASK)\0"
    "E-CONF-12\0the range is empty: its end is not above its first\0"
    "E-CONF-13\0more values of this key than fit (16; badram: 64 ranges)\0"
    "E-CONF-14\0the path does not fit the buffer\0"
    "W-CONF-50\0unknown key, ignored\0"
    "W-CONF-51\0the key stood there before; this line wins\0"
    "W-CONF-52\0not of the form key = value, ignored\0"
    "E-CONF-99\0unknown status";

static size_t row_of(enum config_status status)
{
    unsigned number = (unsigned)status;

    if (number <= CONFIG_NO_ROOM)
        return number;
    if (number >= CONFIG_UNKNOWN_KEY && number <= CONFIG_NOT_KEY_VALUE)
        return WARNING_FIRST + (number - CONFIG_UNKNOWN_KEY);
    return UNKNOWN_ROW;
}

const char *config_status_id(enum config_status status)
{
    return text_nth(rows, 2 * row_of(status));
}

const char *config_status_text(enum config_status status)
{
    return text_nth(rows, 2 * row_of(status) + 1);
}
