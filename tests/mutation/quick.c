/* SPDX-License-Identifier: MIT */
/*
 * Runs unit tests for the mutation runner: each in a child, with a limit on its CPU time (a machine
 * that is busy elsewhere makes no mutant late), and no further than the first that fails.
 *
 *   quick --measure               "NAME MICROSECONDS" for each test; all must pass
 *   quick FILE                    the tests named in FILE, "NAME LIMIT-MICROSECONDS" each, in order
 *   quick --each MILLISECONDS     every test under that limit, however many fail or are late; at the
 *                                 end "tests=N failed=N late=N"; late ones are no failure
 *   quick --exec MILLISECONDS PROGRAM [ARGUMENT...]
 *                                 that program under a limit of CPU time and memory
 *
 * Exit status 0: all passed; 1: "failed NAME"; 3: "late NAME"; 2: the arguments are wrong.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#define MEASURE_LIMIT_US 60000000L
#define MEMORY_BYTES     (UINT64_C(2) << 30)

enum { PASSED = 0, FAILED = 1, WRONG = 2, LATE = 3 };

static struct quick_test *tests;

void quick_register(struct quick_test *test)
{
    test->next = tests;
    tests = test;
}

_Noreturn static void stop(const char *reason)
{
    fprintf(stderr, "quick: %s\n", reason);
    exit(WRONG);
}

/* The timer outlives exec; SIGPROF ends the program. */
static void limit(long cpu_us)
{
    struct itimerval timer = {.it_value = {cpu_us / 1000000, cpu_us % 1000000}};
    struct rlimit core = {0, 0}, memory = {MEMORY_BYTES, MEMORY_BYTES};
    struct rlimit cpu = {(rlim_t)(cpu_us / 1000000 + 2), (rlim_t)(cpu_us / 1000000 + 3)};

    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow needs terabytes of addresses */
    setrlimit(RLIMIT_AS, &memory);
#endif
    (void)memory;
    setitimer(ITIMER_PROF, &timer, NULL);
}

static long cpu_us(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000L + usage->ru_utime.tv_usec +
           usage->ru_stime.tv_usec;
}

static int run(const struct quick_test *test, long limit_us, long *ret_us)
{
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child < 0)
        stop("cannot fork");
    if (child == 0) {
        limit(limit_us);
        test->run();
        _exit(0);
    }
    while (wait4(child, &status, 0, &usage) < 0)
        if (errno != EINTR)
            stop("cannot wait");
    *ret_us = cpu_us(&usage);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PASSED;
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU))
        return LATE;
    return FAILED;
}

static int judge(const struct quick_test *test, long limit_us, long *ret_us)
{
    int verdict = run(test, limit_us, ret_us);

    if (verdict != PASSED)
        printf("%s %s\n", verdict == LATE ? "late" : "failed", test->name);
    return verdict;
}

static int measure(void)
{
    for (const struct quick_test *test = tests; test != NULL; test = test->next) {
        long us;
        int verdict = judge(test, MEASURE_LIMIT_US, &us);
        if (verdict != PASSED)
            return verdict;
        printf("%s %ld\n", test->name, us);
    }
    return PASSED;
}

static int run_each(long limit_us)
{
    unsigned counts[] = {[PASSED] = 0, [FAILED] = 0, [LATE] = 0};
    long us;

    for (const struct quick_test *test = tests; test != NULL; test = test->next)
        counts[judge(test, limit_us, &us)]++;
    printf("tests=%u failed=%u late=%u\n", counts[PASSED] + counts[FAILED] + counts[LATE],
           counts[FAILED], counts[LATE]);
    return counts[FAILED] > 0 ? FAILED : PASSED;
}

static const struct quick_test *find(const char *name)
{
    for (const struct quick_test *test = tests; test != NULL; test = test->next)
        if (strcmp(test->name, name) == 0)
            return test;
    stop("no such test");
}

static int run_list(const char *path)
{
    FILE *file = fopen(path, "r");
    char name[256];
    long limit_us, us;

    if (file == NULL)
        stop("cannot read the list of tests");
    while (fscanf(file, "%255s %ld", name, &limit_us) == 2) {
        int verdict = judge(find(name), limit_us, &us);
        if (verdict != PASSED)
            return verdict;
    }
    return PASSED;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* no child inherits half a line */
    if (argc == 2 && strcmp(argv[1], "--measure") == 0)
        return measure();
    if (argc == 3 && strcmp(argv[1], "--each") == 0)
        return run_each(atol(argv[2]) * 1000);
    if (argc >= 4 && strcmp(argv[1], "--exec") == 0) {
        limit(atol(argv[2]) * 1000);
        execvp(argv[3], argv + 3);
        stop("cannot start the program");
    }
    if (argc != 2)
        stop("quick --measure | FILE | --each MILLISECONDS | --exec MILLISECONDS PROGRAM ...");
    return run_list(argv[1]);
}
