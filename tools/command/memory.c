/* SPDX-License-Identifier: MIT */
/* Memory, failure, words; see command.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/checked.h"
#include "command/command.h"

/* Everything grabbed, as a list: a leak checker finds it reachable. */
struct block {
    struct block *next;
    struct block *previous;
    max_align_t bytes[];
};
static struct block blocks = {&blocks, &blocks};

static void say(const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", program.name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

_Noreturn void cannot(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    exit(STATUS_CANNOT);
}

void warn(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

static void *link_block(struct block *block)
{
    if (block == NULL)
        cannot("out of memory");
    block->next = blocks.next;
    block->previous = &blocks;
    blocks.next->previous = block;
    blocks.next = block;
    return block->bytes;
}

static bool fits(size_t count, size_t size_bytes)
{
    return size_bytes == 0 || count <= (SIZE_MAX - sizeof(struct block)) / size_bytes;
}

void *grab(size_t count, size_t size_bytes)
{
    return link_block(fits(count, size_bytes) ? calloc(1, sizeof(struct block) + count * size_bytes) : NULL);
}

void *grow(void *array, size_t count, size_t *room, size_t size_bytes)
{
    size_t wanted = *room == 0 ? 16 : *room * 2;
    struct block *block;

    if (count < *room)
        return array;
    if (array == NULL) {
        *room = wanted;
        return grab(wanted, size_bytes);
    }
    block = (struct block *)(void *)((char *)array - offsetof(struct block, bytes));
    block->previous->next = block->next;
    block->next->previous = block->previous;
    block = fits(wanted, size_bytes) ? realloc(block, sizeof *block + wanted * size_bytes) : NULL;
    array = link_block(block);
    memset((char *)array + *room * size_bytes, 0, (wanted - *room) * size_bytes);
    *room = wanted;
    return array;
}

char *grab_text(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        cannot("cannot format a text");
    text = grab((size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

/* ---- words ----------------------------------------------------------------------------------- */

bool parse_size(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGTPEkmgtpe";
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = is_hex ? text + 2 : text;
    size_t count = strspn(digits, is_hex ? "0123456789abcdefABCDEF" : "0123456789");
    uint64_t value, factor = 1;
    const char *unit = strchr(units, digits[count]);

    if (count == 0)
        return false;
    errno = 0;
    value = strtoull(digits, NULL, is_hex ? 16 : 10);
    if (digits[count] != '\0') {
        if (unit == NULL || digits[count + 1] != '\0')
            return false;
        factor = UINT64_C(1) << (10 * ((unit - units) % 6 + 1));
    }
    return errno == 0 && checked_mul_u64(value, factor, ret_bytes);
}

void print_json_string(FILE *to, const char *chars, size_t length)
{
    fputc('"', to);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)chars[i];
        if (byte == '"' || byte == '\\')
            fprintf(to, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f) /* somebody's bytes may be no UTF-8 */
            fprintf(to, "\\u%04x", byte);
        else
            fputc(byte, to);
    }
    fputc('"', to);
}

void print_json_text(FILE *to, const char *text)
{
    print_json_string(to, text, strlen(text));
}

unsigned terminal_columns(unsigned otherwise)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return otherwise;
}
