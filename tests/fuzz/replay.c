/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over inputs that are kept: files, or folders of files. For compilers without
 * libFuzzer, and for gcc's sanitizers. Prints how many; a target that finds a fault aborts.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

#define PATH_BYTES 4096u

static unsigned long replayed;

static int cannot(const char *path)
{
    perror(path);
    return 2;
}

static int replay_file(const char *path, size_t size_bytes)
{
    uint8_t *bytes = malloc(size_bytes + 1);
    FILE *file = fopen(path, "rb");
    uint8_t *exact;

    if (file == NULL || bytes == NULL || fread(bytes, 1, size_bytes, file) != size_bytes)
        return cannot(path);
    fclose(file);
    exact = copy_of(bytes, size_bytes); /* a read behind the input is seen too */
    free(bytes);
    LLVMFuzzerTestOneInput(exact, size_bytes);
    free(exact);
    replayed++;
    return 0;
}

static int replay(const char *path);

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int status = 0;

    if (folder == NULL)
        return cannot(path);
    while (status == 0 && (entry = readdir(folder)) != NULL) {
        char inner[PATH_BYTES];
        if (entry->d_name[0] == '.')
            continue;
        if ((size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= sizeof inner)
            status = cannot(path);
        else
            status = replay(inner);
    }
    closedir(folder);
    return status;
}

static int replay(const char *path)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return cannot(path);
    return S_ISDIR(about.st_mode) ? replay_folder(path) : replay_file(path, (size_t)about.st_size);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int status = replay(argv[i]);
        if (status != 0)
            return status;
    }
    printf("replayed %lu inputs\n", replayed);
    return replayed == 0 ? 2 : 0;
}
