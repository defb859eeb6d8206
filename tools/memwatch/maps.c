/* SPDX-License-Identifier: MIT */
/* See maps.h. */
#include "maps.h"

#include <string.h>

struct cursor {
    const char *at;
    size_t left;
};

static bool take_hex(struct cursor *cursor, uint64_t *ret_value)
{
    uint64_t value = 0;
    unsigned digits = 0;

    for (; cursor->left > 0; cursor->at++, cursor->left--, digits++) {
        char c = *cursor->at;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a' + 10);
        else
            break;
        if (digits == 16)
            return false;
        value = value << 4 | digit;
    }
    *ret_value = value;
    return digits > 0;
}

static bool take_char(struct cursor *cursor, const char *one_of, char *ret_char)
{
    if (cursor->left == 0 || *cursor->at == '\0' || strchr(one_of, *cursor->at) == NULL)
        return false;
    *ret_char = *cursor->at++;
    cursor->left--;
    return true;
}

/* A word of anything but blanks, and the blanks behind it. */
static bool skip_word(struct cursor *cursor)
{
    size_t before = cursor->left;

    while (cursor->left > 0 && *cursor->at != ' ')
        cursor->at++, cursor->left--;
    if (cursor->left == before)
        return false;
    while (cursor->left > 0 && *cursor->at == ' ')
        cursor->at++, cursor->left--;
    return true;
}

bool maps_parse_line(const char *line, size_t length, struct maps_entry *ret_entry)
{
    struct cursor cursor = {line, length};
    struct maps_entry entry = {0};
    char separator;

    if (!take_hex(&cursor, &entry.first) || !take_char(&cursor, "-", &separator) ||
        !take_hex(&cursor, &entry.end) || entry.end <= entry.first ||
        !take_char(&cursor, " ", &separator))
        return false;
    if (!take_char(&cursor, "r-", &entry.rights[0]) || !take_char(&cursor, "w-", &entry.rights[1]) ||
        !take_char(&cursor, "x-", &entry.rights[2]) || !take_char(&cursor, "ps", &entry.rights[3]) ||
        !take_char(&cursor, " ", &separator))
        return false;
    /* Offset, device, inode. */
    if (!skip_word(&cursor) || !skip_word(&cursor) || !skip_word(&cursor))
        return false;
    entry.name = cursor.at;
    entry.name_length = cursor.left;
    *ret_entry = entry;
    return true;
}

bool maps_next_line(const char *text, size_t length, size_t *at, const char **ret_line,
                    size_t *ret_length)
{
    const char *newline;

    if (*at >= length)
        return false;
    *ret_line = text + *at;
    newline = memchr(text + *at, '\n', length - *at);
    *ret_length = newline == NULL ? length - *at : (size_t)(newline - *ret_line);
    *at += *ret_length + 1;
    return true;
}
