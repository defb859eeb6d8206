/* SPDX-License-Identifier: MIT */
/* groma.conf: read, parsed by common/config, its faults shown; a missing file means defaults. */
#include "loader.h"

#define CONFIG_PATH     "\\groma.conf"
#define FAULTS_SHOWN    8u

static const char bad_config[] = "E-CONF-20|read|mend the lines named above";

/* One line a fault. Warnings too are worth a line on every boot. */
static void show_faults(struct loader *loader, const struct config_fault *faults, size_t count)
{
    for (size_t i = 0; i < count && i < FAULTS_SHOWN; i++) {
        char buffer[256];
        struct text text;
        text_init(&text, buffer, sizeof buffer);
        text_format(&text, "\n%s groma.conf line %u: %s (%s)\n", config_status_id(faults[i].status),
                    faults[i].line, config_status_text(faults[i].status), faults[i].key);
        console_write(loader, text.chars, text.length_bytes);
    }
}

/*
 * The file into a buffer; one that is too large stays unread, its size is what config_parse needs.
 * No file at all is EFI_NOT_FOUND without a word.
 */
static EFI_STATUS read_file(struct loader *loader, char *bytes, uint64_t *ret_size)
{
    struct reader reader;
    EFI_STATUS status = reader_open(loader, CONFIG_PATH, true, &reader);

    if (EFI_ERROR(status))
        return status;
    *ret_size = reader.size_bytes;
    if (reader.size_bytes <= CONFIG_MAX_FILE_BYTES)
        status = reader_read(&reader, bytes, reader.size_bytes);
    reader_close(&reader);
    return status;
}

EFI_STATUS config_load(struct loader *loader)
{
    struct config_fault faults[FAULTS_SHOWN];
    size_t fault_count = 0;
    uint64_t size = 0;
    void *bytes = NULL;
    struct config *config;
    enum config_status parsed = CONFIG_OK;
    EFI_STATUS status, kept;

    checkpoint(loader, CHECKPOINT_READ_CONFIG);
    status = memory_borrow(loader, CONFIG_MAX_FILE_BYTES + sizeof *config, "groma.conf", &bytes);
    if (EFI_ERROR(status))
        return status;
    config = (struct config *)(void *)((uint8_t *)bytes + CONFIG_MAX_FILE_BYTES);
    *config = *loader->config;
    status = read_file(loader, bytes, &size);
    if (!EFI_ERROR(status))
        parsed = config_parse(config, bytes, size, faults, FAULTS_SHOWN, &fault_count);
    kept = store_keep_config(loader, config);
    (void)loader->boot->FreePool(bytes);
    if (EFI_ERROR(kept))
        return kept;
    console_open(loader);
    if (status == EFI_NOT_FOUND)
        return EFI_SUCCESS;
    if (EFI_ERROR(status))
        return status;
    show_faults(loader, faults, fault_count);
    if (parsed != CONFIG_OK)
        return fail(loader, bad_config, EFI_INVALID_PARAMETER, "groma.conf (%zu faults)", fault_count);
    return EFI_SUCCESS;
}
