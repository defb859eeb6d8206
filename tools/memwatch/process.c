/* SPDX-License-Identifier: MIT */
/*
 * A Linux process: regions from /proc/PID/maps, bytes by process_vm_readv, or /proc/PID/mem where that
 * call is not allowed. Nothing here can write: the file is opened for reading, and the call reads.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "maps.h"
#include "target.h"

struct process {
    int pid;
    int memory; /* /proc/PID/mem, or -1 */
    bool use_file;
    atomic_int error; /* the last one that is no mere hole */
};

/* ---- reading ---------------------------------------------------------------------------------------- */

static uint64_t read_by_call(struct process *process, uint64_t address, void *to, uint64_t size_bytes)
{
    struct iovec local = {to, size_bytes};
    struct iovec remote = {(void *)(uintptr_t)address, size_bytes};
    ssize_t got = process_vm_readv(process->pid, &local, 1, &remote, 1, 0);

    if (got < 0 && errno != EFAULT)
        process->error = errno;
    return got < 0 ? 0 : (uint64_t)got;
}

static uint64_t read_by_file(struct process *process, uint64_t address, void *to, uint64_t size_bytes)
{
    uint64_t done = 0;

    while (done < size_bytes) {
        ssize_t got = pread(process->memory, (char *)to + done, size_bytes - done, (off_t)(address + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            process->error = ESRCH; /* its memory is gone */
        else if (got < 0 && errno != EIO && errno != EFAULT)
            process->error = errno;
        if (got <= 0)
            break;
        done += (uint64_t)got;
    }
    return done;
}

static uint64_t read_process(void *context, uint64_t address, void *to, uint64_t size_bytes)
{
    struct process *process = context;

    if (process->error == ESRCH)
        return 0;
    /* One call moves at most 2 GiB. */
    if (size_bytes > (UINT64_C(1) << 30))
        size_bytes = UINT64_C(1) << 30;
    return process->use_file ? read_by_file(process, address, to, size_bytes)
                             : read_by_call(process, address, to, size_bytes);
}

static const char *process_is_gone(const struct target *target)
{
    const struct process *process = target->own;

    if (kill(process->pid, 0) != 0 && errno == ESRCH)
        return "the process has ended";
    if (process->error == ESRCH)
        return "the process has ended";
    return process->error != 0 ? strerror(process->error) : NULL;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

static const char *name_of(const struct maps_entry *entry)
{
    if (entry->name_length == 0)
        return "anonymous";
    return shown(grab_text("%.*s", (int)entry->name_length, entry->name));
}

/* What no one can read, or what is of no process. */
static bool is_readable(const struct maps_entry *entry)
{
    return entry->rights[0] == 'r' && !(entry->name_length >= 5 && (memcmp(entry->name, "[vvar", 5) == 0 ||
                                                                     memcmp(entry->name, "[vsys", 5) == 0));
}

/* Ends the program with what an error of opening means to the user. */
static _Noreturn void cannot_open(int pid, int error)
{
    if (error == EPERM || error == EACCES)
        cannot("process %d: not allowed (be its owner with ptrace allowed, see ptrace_scope, or root)", pid);
    cannot("process %d: %s", pid, error == ENOENT || error == ESRCH ? "there is none" : strerror(error));
}

static void add_maps(struct target *target, struct process *process, const struct target_options *options)
{
    const char *line;
    size_t length, at = 0, line_length;
    char *text = read_proc(grab_text("/proc/%d/maps", process->pid), &length);

    if (text == NULL)
        cannot_open(process->pid, errno);
    while (maps_next_line(text, length, &at, &line, &line_length)) {
        struct maps_entry entry;
        struct target_region *region;
        if (!maps_parse_line(line, line_length, &entry))
            cannot("process %d: a line of its maps cannot be read: %s", process->pid,
                   shown(grab_text("%.*s", (int)line_length, line)));
        if (!is_readable(&entry) || (entry.rights[1] != 'w' && !options->all))
            continue;
        region = add_region(target, entry.first, entry.end - entry.first, name_of(&entry), grab_text("%s", entry.rights));
        region->reader = (struct watch_reader){.read = read_process, .context = process};
    }
}

/* Which way of reading this kernel lets us go; ends the program where it is none. */
static void choose_way(struct target *target, struct process *process)
{
    uint8_t byte;
    char *path = grab_text("/proc/%d/mem", process->pid);

    for (size_t i = 0; !process->use_file && i < target->count; i++) {
        if (read_by_call(process, target->regions[i].address, &byte, 1) == 1)
            return;
        if (process->error != 0)
            break;
    }
    process->memory = open(path, O_RDONLY | O_CLOEXEC);
    if (process->memory < 0)
        cannot_open(process->pid, process->error != 0 ? process->error : errno);
    process->error = 0;
    process->use_file = true;
}

static const char *comm_of(int pid)
{
    size_t length;
    char *text = read_proc(grab_text("/proc/%d/comm", pid), &length);

    if (text == NULL)
        return "?";
    text[strcspn(text, "\n")] = '\0';
    return shown(text);
}

struct target *open_process(const char *word, int pid, const struct target_options *options)
{
    struct target *target = grab(1, sizeof *target);
    struct process *process = grab(1, sizeof *process);

    *process = (struct process){.pid = pid, .memory = -1, .use_file = options->proc_mem};
    target->word = word;
    target->own = process;
    target->pid = pid;
    target->gone = process_is_gone;
    add_maps(target, process, options);
    if (target->count == 0) {
        char link[64];
        if (readlink(grab_text("/proc/%d/exe", pid), link, sizeof link) < 0 && errno != ENOENT)
            cannot_open(pid, errno);
        cannot("process %d has no memory to watch (a kernel thread, or it has ended)", pid);
    }
    choose_way(target, process);
    target->what = grab_text("process %d (%s) by %s", pid, comm_of(pid), process->use_file ? "/proc/PID/mem" : "process_vm_readv");
    return target;
}

/* ---- which processes ----------------------------------------------------------------------------------- */

static int compare_pids(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

static int *all_processes(size_t *ret_count)
{
    DIR *folder = opendir("/proc");
    int *pids = NULL;
    size_t count = 0, room = 0;
    struct dirent *entry;

    if (folder == NULL)
        cannot("/proc: %s", strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pids = grow(pids, count, &room, sizeof *pids);
        pids[count++] = atoi(entry->d_name);
    }
    closedir(folder);
    if (count > 0)
        qsort(pids, count, sizeof *pids, compare_pids);
    *ret_count = count;
    return pids;
}

/* The program's own name, which /proc/PID/comm cuts to 15 bytes. */
static const char *program_of(int pid, const char **ret_line)
{
    size_t length;
    char *text = read_proc(grab_text("/proc/%d/cmdline", pid), &length);
    const char *slash;

    *ret_line = "";
    if (text == NULL || length == 0)
        return "";
    slash = strrchr(text, '/');
    slash = grab_text("%s", slash == NULL ? text : slash + 1);
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
    }
    *ret_line = shown(text);
    return slash;
}

size_t find_processes(const char *name, int *ret_pid)
{
    size_t count, found = 0;
    int *pids = all_processes(&count);

    for (size_t i = 0; i < count; i++) {
        const char *line;
        if (pids[i] == (int)getpid() ||
            (strcmp(comm_of(pids[i]), name) != 0 && strcmp(program_of(pids[i], &line), name) != 0))
            continue;
        if (found++ == 0)
            *ret_pid = pids[i];
    }
    return found;
}

void list_processes(FILE *to, bool json)
{
    size_t count;
    int *pids = all_processes(&count);
    const char *comma = "";

    fputs(json ? "{\"processes\":[" : "", to);
    for (size_t i = 0; i < count; i++) {
        const char *comm = comm_of(pids[i]), *line;
        program_of(pids[i], &line);
        if (line[0] == '\0')
            continue; /* a kernel thread, or gone since */
        if (json) {
            fprintf(to, "%s{\"pid\":%d,\"name\":", comma, pids[i]);
            print_json_text(to, comm);
            fputs(",\"command\":", to);
            print_json_text(to, line);
            fputc('}', to);
            comma = ",";
        } else {
            fprintf(to, "%7d %-16s %.100s\n", pids[i], comm, line);
        }
    }
    fputs(json ? "]}\n" : "", to);
}

int find_guest(void)
{
    size_t count, found = 0;
    int *pids = all_processes(&count), pid = 0;

    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *line = read_proc(grab_text("/proc/%d/cmdline", pids[i]), &length);
        if (line == NULL || memmem(line, length, "memory-backend-file", 19) == NULL ||
            memmem(line, length, "share=on", 8) == NULL)
            continue;
        pid = pids[i];
        found++;
    }
    if (found == 0)
        cannot("guest: no QEMU shares its guest's memory (start one by make run WATCH=1)");
    if (found > 1)
        cannot("guest: %zu QEMUs share their guests' memory; name one as guest:PID (memwatch ps)", found);
    return pid;
}

uint64_t processor_ns(int pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}
