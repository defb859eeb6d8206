/* SPDX-License-Identifier: MIT */
/* Files beside the kernel, each read once into page-aligned memory of its own. */
#include "base/mem.h"
#include "loader.h"

static const char too_large[] = "E-FILE-09|load|the module does not fit the machine";

/* Path and command line are put into boot info later, by index: modules follow the config. */
static EFI_STATUS load_module(struct loader *loader, const struct config_module *wanted)
{
    struct bootinfo_module *module;
    struct placement want = {.what = "a module"};
    struct reader reader;
    EFI_STATUS status = reader_open(loader, wanted->path, false, &reader);
    uint64_t paddr = 0;

    if (EFI_ERROR(status))
        return status;
    want.page_count = pages_for_bytes(reader.size_bytes);
    if (want.page_count >= PFN_END)
        status = fail(loader, too_large, EFI_OUT_OF_RESOURCES, "%s", wanted->path);
    if (!EFI_ERROR(status) && reader.size_bytes > 0) {
        status = memory_place(loader, &want, &paddr);
        if (!EFI_ERROR(status))
            status = reader_read(&reader, (void *)paddr, reader.size_bytes);
        if (!EFI_ERROR(status)) {
            memset((uint8_t *)paddr + reader.size_bytes, 0,
                   want.page_count * PAGE_BYTES - reader.size_bytes);
            status = memory_claim(loader, paddr, reader.size_bytes, MEMMAP_MODULE, true, wanted->path);
        }
    }
    reader_close(&reader);
    if (EFI_ERROR(status))
        return status;
    module = store_add(loader, &loader->modules, sizeof *module, wanted->path);
    if (module == NULL)
        return EFI_OUT_OF_RESOURCES;
    *module = (struct bootinfo_module){.paddr = paddr, .size_bytes = reader.size_bytes};
    return EFI_SUCCESS;
}

EFI_STATUS modules_load(struct loader *loader)
{
    EFI_STATUS status = EFI_SUCCESS;

    checkpoint(loader, CHECKPOINT_READ_MODULES);
    for (size_t i = 0; i < loader->config->module_count && !EFI_ERROR(status); i++)
        status = load_module(loader, &loader->config->modules[i]);
    return status;
}
