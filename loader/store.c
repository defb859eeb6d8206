/* SPDX-License-Identifier: MIT */
/*
 * What the loader must remember until the kernel runs: the config, names, lists of files, pages
 * and tables. It lies in one pool of blocks (pool/pool.h) over memory that the firmware lends,
 * and grows by another piece of it when it is full: lists end where memory or STORE_SLOTS do. (Claims
 * are no such list: MAX_CLAIMS bounds what is set aside for the engine.)
 *
 * Lists and the config stay pinned: everybody holds their addresses. Nothing is ever moved.
 */
#include "base/mem.h"
#include "loader.h"

#define BLOCK_BYTES 32u
#define ALIGN_BYTES 8u
#define PIECE_BYTES (20u << 10)
#define EXTRA_BYTES (4 * BLOCK_BYTES) /* of a region and a run: more than alignment and headers take */
#define FIRST_ITEMS 32u

static const char no_store[] =
    "E-MEM-05|remember|"
    "use fewer files and ranges";

/* Another piece, in which a run of this size has room. */
static EFI_STATUS grow(struct loader *loader, size_t size_bytes)
{
    struct store *store = &loader->store;
    size_t piece_bytes = size_bytes > PIECE_BYTES - EXTRA_BYTES ? size_bytes + EXTRA_BYTES : PIECE_BYTES;
    void *piece = NULL;
    EFI_STATUS status;

    if (store->piece_count >= POOL_REGIONS)
        return EFI_OUT_OF_RESOURCES;
    status = loader->boot->AllocatePool(EfiLoaderData, piece_bytes, &piece);
    if (EFI_ERROR(status) || piece == NULL)
        return EFI_ERROR(status) ? status : EFI_OUT_OF_RESOURCES;
    store->pieces[store->piece_count++] = piece;
    return pool_grow(&store->pool, piece, piece_bytes) == POOL_OK ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

/* A run that stays where it is: its handle, and its address where that is wanted. */
static EFI_STATUS take(struct loader *loader, size_t size_bytes, pool_handle_t *ret_handle, void **ret_bytes)
{
    struct pool *pool = &loader->store.pool;
    enum pool_status taken = pool_alloc_still(pool, size_bytes, ret_handle);

    if (taken == POOL_NO_ROOM || taken == POOL_FRAGMENTED) {
        EFI_STATUS status = grow(loader, size_bytes);
        if (EFI_ERROR(status))
            return status;
        taken = pool_alloc_still(pool, size_bytes, ret_handle);
    }
    if (taken == POOL_OK && ret_bytes != NULL)
        taken = pool_get(pool, *ret_handle, POOL_READ | POOL_WRITE, ret_bytes);
    return taken == POOL_OK ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

EFI_STATUS store_open(struct loader *loader)
{
    struct store *store = &loader->store;
    const struct pool_config config = {
        .block_size = BLOCK_BYTES,
        .align_bytes = ALIGN_BYTES,
        .slots = store->slots,
        .slot_count = STORE_SLOTS,
    };
    void *bytes = NULL;
    EFI_STATUS status;

    if (pool_init(&store->pool, &config) != POOL_OK)
        return EFI_OUT_OF_RESOURCES;
    status = take(loader, sizeof *loader->config, &store->config, &bytes);
    if (!EFI_ERROR(status)) {
        config_defaults(bytes);
        loader->config = bytes;
    }
    return status;
}

void store_close(struct loader *loader)
{
    struct store *store = &loader->store;

    while (store->piece_count > 0)
        (void)loader->boot->FreePool(store->pieces[--store->piece_count]);
}

EFI_STATUS store_keep_config(struct loader *loader, const struct config *config)
{
    struct store *store = &loader->store;
    void *bytes = NULL;
    enum pool_status status = pool_write(&store->pool, store->config, 0, config, sizeof *config);

    if (status == POOL_OK)
        status = pool_put(&store->pool, store->config);
    if (status == POOL_OK)
        status = pool_seal(&store->pool, store->config, POOL_READ);
    if (status == POOL_OK)
        status = pool_get(&store->pool, store->config, POOL_READ, &bytes);
    return status == POOL_OK ? EFI_SUCCESS : fail(loader, no_store, EFI_ABORTED, "groma.conf");
}

uint32_t chars_length(const char *chars)
{
    uint32_t length = 0;

    while (chars[length] != '\0')
        length++;
    return length;
}

EFI_STATUS store_text(struct loader *loader, const char *chars, pool_handle_t *ret_text)
{
    size_t size_bytes = chars_length(chars) + 1;
    EFI_STATUS status = take(loader, size_bytes, ret_text, NULL);

    if (!EFI_ERROR(status) && pool_write(&loader->store.pool, *ret_text, 0, chars, size_bytes) != POOL_OK)
        status = EFI_ABORTED;
    return EFI_ERROR(status) ? fail(loader, no_store, status, "%s", chars) : EFI_SUCCESS;
}

const char *store_chars(struct loader *loader, pool_handle_t text)
{
    struct pool *pool = &loader->store.pool;
    void *chars = NULL;

    if (pool_get(pool, text, POOL_READ, &chars) != POOL_OK || pool_put(pool, text) != POOL_OK)
        return "?";
    return chars;
}

/* Twice as long as before, at another place. */
static EFI_STATUS lengthen(struct loader *loader, struct list *list, size_t item_bytes)
{
    struct pool *pool = &loader->store.pool;
    uint32_t capacity = list->capacity != 0 ? 2 * list->capacity : FIRST_ITEMS;
    pool_handle_t longer;
    void *items = NULL;
    EFI_STATUS status = take(loader, capacity * item_bytes, &longer, &items);

    if (EFI_ERROR(status))
        return status;
    if (list->capacity != 0) {
        memcpy(items, list->items, list->count * item_bytes);
        if (pool_put(pool, list->handle) != POOL_OK || pool_free(pool, list->handle) != POOL_OK)
            return EFI_ABORTED;
    }
    list->handle = longer;
    list->items = items;
    list->capacity = capacity;
    return EFI_SUCCESS;
}

void *store_add(struct loader *loader, struct list *list, size_t item_bytes, const char *what)
{
    EFI_STATUS status = list->count < list->capacity ? EFI_SUCCESS : lengthen(loader, list, item_bytes);
    uint8_t *item;

    if (EFI_ERROR(status)) {
        if (what != NULL)
            (void)fail(loader, no_store, status, "%s", what);
        return NULL;
    }
    item = (uint8_t *)list->items + list->count++ * item_bytes;
    memset(item, 0, item_bytes);
    return item;
}
