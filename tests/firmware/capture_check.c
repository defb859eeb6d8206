/* SPDX-License-Identifier: MIT */
/* The files that a run made, read as anybody would read them; see capture_check.h. */
#include "capture_check.h"

#include <string.h>

#include "capture/capture.h"

static bool is_told(void)
{
    return strstr(world.conout, "W-CAP-0") != NULL || strstr(world.serial, "W-CAP-0") != NULL;
}

/* The loader may not have read the config that asks for a capture: its calls come first. */
static bool config_may_be_lost(void)
{
    if (world.scenario->config_bytes != 0) /* made up: it need not ask for a capture */
        return true;
    for (unsigned i = 0; world.script != NULL && i < world.script->count; i++) {
        const struct rule *rule = &world.script->rules[i];
        if (rule->occurrence <= 2 && (rule->call == OPEN_FILE || rule->call == GET_INFO || rule->call == READ_FILE))
            return true;
    }
    return false;
}

/* Maps in a file that is sealed and says all: who wrote it, firmware, CPU, claims, and a map before the exit. */
static unsigned maps_in(const struct file *file)
{
    static const enum capture_type needed[] = {CAPTURE_WRITER, CAPTURE_FIRMWARE, CAPTURE_CPU, CAPTURE_TABLES,
                                               CAPTURE_CLAIMS};
    struct capture capture;
    struct capture_record record;
    struct capture_map map;
    unsigned count = 0;

    if (capture_open(file->bytes, file->size_bytes, &capture) != CAPTURE_OK)
        return 0;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (capture_find(&capture, needed[i], 0, &record) != CAPTURE_OK)
            return 0;
    }
    while (capture_find(&capture, CAPTURE_MAP, count, &record) == CAPTURE_OK) {
        if (capture_read_map(&record, &map) != CAPTURE_OK || map.size_bytes == 0)
            return 0;
        count++;
    }
    return count > 0 && map.moment == CAPTURE_BEFORE_EXIT ? count : 0;
}

unsigned capture_maps_in(const char *path)
{
    const struct file *file = files_find(path);

    return file == NULL || file->bytes == NULL ? 0 : maps_in(file);
}

/* "\groma\maps\0001.map" or its temporary name. */
static bool is_capture_path(const char *path, const char *extension)
{
    static const char folder[] = "\\groma\\maps\\";
    const char *name = path + sizeof folder - 1;

    return strncmp(path, folder, sizeof folder - 1) == 0 && strspn(name, "0123456789") == 4 &&
           strcmp(name + 4, extension) == 0;
}

const char *capture_fault(void)
{
    const struct file *file;
    unsigned whole = 0;

    for (size_t i = 0; (file = made_at(i)) != NULL; i++) {
        if (file->bytes == NULL)
            continue;
        if (!is_capture_path(file->path, ".map") && !is_capture_path(file->path, ".tmp"))
            return "makes a file that is no capture";
        if (maps_in(file) == 0 && !is_told())
            return "leaves a broken file and does not say so";
        whole += is_capture_path(file->path, ".map") && maps_in(file) > 0;
    }
    if (whole > 1)
        return "writes two captures in a boot";
    if (world.outcome == JUMPED && whole == 0 && !is_told() && !config_may_be_lost())
        return "boots without a capture and does not say so";
    return NULL;
}
