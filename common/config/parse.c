/* SPDX-License-Identifier: MIT */
/*
 * The lines of groma.conf; see config.h.
 *
 * Two passes by the same code. The first only checks and collects the faults. The
 * second stores: everything if there was no error, else only the display keys. So a
 * refused file leaves no half of itself behind, and no second struct is needed.
 */
#include "base/mem.h"
#include "config/utf8.h"
#include "config/values.h"

/* What a pass over the lines stores, and how many values of each key it has met. */
struct pass {
    struct config *config; /* NULL: nothing */
    bool display_only;
    size_t counts[CONFIG_KEY_COUNT];
};

struct fault_list {
    struct config_fault *faults;
    size_t capacity;
    size_t count; /* of all, stored or not */
    enum config_status first_error;
};

bool config_status_is_error(enum config_status status)
{
    return status != CONFIG_OK && status < CONFIG_UNKNOWN_KEY;
}

void config_defaults(struct config *config)
{
    static const char kernel[] = "\\kernel.elf";

    memset(config, 0, sizeof *config);
    memcpy(config->kernel, kernel, sizeof kernel);
    config->timeout_s = 10;
    config->serial = CONFIG_SERIAL_AUTO;
    config->verbose = true;
}

/* ---- faults ---- */

/* The name with everything but graphic ASCII as \xHH; whole escapes only. */
static void copy_escaped(char to[CONFIG_FAULT_KEY_CAPACITY_BYTES], struct span name)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = 0;

    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = (uint8_t)name.bytes[i];
        bool plain = byte > ' ' && byte < 0x7f && byte != '\\';
        if (length + (plain ? 1 : 4) >= CONFIG_FAULT_KEY_CAPACITY_BYTES)
            break;
        if (plain) {
            to[length++] = (char)byte;
            continue;
        }
        to[length++] = '\\';
        to[length++] = 'x';
        to[length++] = digits[byte >> 4];
        to[length++] = digits[byte & 15u];
    }
    to[length] = '\0';
}

/* The first error is kept even where warnings have filled the array. */
static void add_fault(struct fault_list *list, enum config_status status, uint32_t line,
                      struct span key)
{
    bool is_first_error = config_status_is_error(status) && list->first_error == CONFIG_OK;
    size_t slot = list->count++;

    if (is_first_error) {
        list->first_error = status;
        if (slot >= list->capacity && list->capacity > 0)
            slot = list->capacity - 1;
    }
    if (slot >= list->capacity)
        return;
    list->faults[slot].status = status;
    list->faults[slot].line = line;
    copy_escaped(list->faults[slot].key, key);
}

/* ---- one line ---- */

static bool is_control(uint32_t point)
{
    return (point < 0x20 && point != '\t') || (point >= 0x7f && point < 0xa0);
}

static enum config_status check_text(struct span line)
{
    for (size_t i = 0; i < line.size;) {
        uint32_t point;
        size_t count = config_utf8_decode(line.bytes + i, line.size - i, &point);
        if (count == 0)
            return CONFIG_BAD_UTF8;
        if (is_control(point))
            return CONFIG_CONTROL_BYTE;
        i += count;
    }
    return CONFIG_OK;
}

/* What stands before the `=`, or the whole line; nothing in a comment. */
static struct span key_of_line(struct span line)
{
    struct span key = {line.bytes, 0};

    if (line.size > 0 && line.bytes[0] == '#')
        return key;
    while (key.size < line.size && line.bytes[key.size] != '=')
        key.size++;
    return config_span_trim(key);
}

/* What stands behind the `=`; false where there is none, or no key before it. */
static bool value_of_line(struct span line, struct span *ret_value)
{
    size_t equals = 0;

    while (equals < line.size && line.bytes[equals] != '=')
        equals++;
    if (equals == 0 || equals == line.size)
        return false;
    *ret_value = config_span_trim((struct span){line.bytes + equals + 1, line.size - equals - 1});
    return true;
}

static enum config_status read_known_key(struct pass *pass, enum config_key key, struct span value)
{
    size_t before = pass->counts[key];
    size_t limit = config_key_limit(key);

    if (limit > 1 && before >= limit)
        return CONFIG_TOO_MANY;
    bool skip = pass->display_only && !config_key_is_display(key);
    enum config_status status =
        config_key_read(key, value, &pass->counts[key], skip ? NULL : pass->config);
    if (status == CONFIG_OK && limit == 1 && before > 0)
        return CONFIG_DUPLICATE_KEY;
    return status;
}

/* A trimmed line: the one fault it has, or CONFIG_OK. */
static enum config_status read_line(struct pass *pass, struct span line)
{
    struct span value;
    enum config_status status = check_text(line);

    if (status != CONFIG_OK)
        return status;
    if (line.size == 0 || line.bytes[0] == '#')
        return CONFIG_OK;
    if (!value_of_line(line, &value))
        return CONFIG_NOT_KEY_VALUE;
    enum config_key key = config_key_find(key_of_line(line));
    return key == CONFIG_KEY_COUNT ? CONFIG_UNKNOWN_KEY : read_known_key(pass, key, value);
}

/* ---- the file ---- */

/* Takes the next line, without its LF or CR LF and trimmed; *rest is not empty. */
static struct span take_line(struct span *rest)
{
    struct span line = {rest->bytes, 0};

    while (line.size < rest->size && rest->bytes[line.size] != '\n')
        line.size++;
    size_t taken = line.size;
    if (taken < rest->size) {
        taken++;
        if (line.size > 0 && line.bytes[line.size - 1] == '\r')
            line.size--;
    }
    rest->bytes += taken;
    rest->size -= taken;
    return config_span_trim(line);
}

static struct span without_byte_order_mark(struct span file)
{
    static const char mark[3] = {'\xef', '\xbb', '\xbf'};

    if (file.size >= sizeof mark && memcmp(file.bytes, mark, sizeof mark) == 0) {
        file.bytes += sizeof mark;
        file.size -= sizeof mark;
    }
    return file;
}

static void read_lines(struct pass *pass, struct span file, struct fault_list *list)
{
    struct span rest = without_byte_order_mark(file);

    for (uint32_t number = 1; rest.size > 0; number++) {
        struct span line = take_line(&rest);
        enum config_status status = read_line(pass, line);
        if (status != CONFIG_OK)
            add_fault(list, status, number, key_of_line(line));
    }
}

enum config_status config_parse(struct config *config, const char *bytes, size_t size,
                                struct config_fault *faults, size_t fault_capacity,
                                size_t *ret_fault_count)
{
    struct span file = {bytes, size};
    struct fault_list list = {faults, fault_capacity, 0, CONFIG_OK};

    if (size > CONFIG_MAX_FILE_BYTES) {
        add_fault(&list, CONFIG_FILE_TOO_LARGE, 0, (struct span){bytes, 0});
    } else {
        struct pass check = {.config = NULL};
        read_lines(&check, file, &list);

        struct pass store = {.config = config, .display_only = list.first_error != CONFIG_OK};
        struct fault_list again = {NULL, 0, 0, CONFIG_OK}; /* the same faults, not wanted */
        if (!store.display_only)
            config_defaults(config);
        read_lines(&store, file, &again);
    }
    *ret_fault_count = list.count;
    return list.first_error;
}
