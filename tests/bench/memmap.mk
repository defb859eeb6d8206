# SPDX-License-Identifier: MIT
# The benchmark of the memory-map engine: `make bench-memmap`, and `make bench-memmap QUICK=1` for
# two sizes, times alone, in seconds. Included by the Makefile; uses BUILD, WARNINGS, PYTHON, `quiet`.
#
# The engine is compiled here with a kernel's plain -O2, apart from the other builds. BENCH_CC=clang
# and BENCH_OPT="-O2 -mgeneral-regs-only" choose another compiler and other flags.
BENCH_CC    ?= $(CC)
BENCH_OPT   ?= -O2
BENCH_FLAGS  = -std=c17 $(BENCH_OPT) -g $(WARNINGS) -Icommon -Itests -D_GNU_SOURCE
BENCH_MEMMAP := $(BUILD)/bench/memmap/memmap_bench
BENCH_MEMMAP_SOURCES := $(filter common/base/% common/memmap/%,$(HOST_COMMON)) \
                        $(sort $(wildcard tests/bench/memmap/*.c))
BENCH_MEMMAP_O := $(BENCH_MEMMAP_SOURCES:%.c=$(BUILD)/bench/memmap/%.o)

# The compiler and the flags, in a file that changes only when they do.
$(BUILD)/bench/memmap/flags: force
	@mkdir -p $(@D)
	@echo '$(BENCH_CC) $(BENCH_FLAGS)' | cmp -s - $@ || echo '$(BENCH_CC) $(BENCH_FLAGS)' >$@

$(BUILD)/bench/memmap/%.o: %.c $(BUILD)/bench/memmap/flags
	@mkdir -p $(@D)
	$(call quiet,CC[bench],$<)$(BENCH_CC) $(BENCH_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BENCH_MEMMAP): $(BENCH_MEMMAP_O)
	$(call quiet,LD,$@)$(BENCH_CC) $^ -o $@

.PHONY: bench-memmap bench-memmap-built force
bench-memmap: $(if $(QUICK),deps,deps-bench) ## what the memory-map engine costs an entry
	@$(MAKE) --no-print-directory bench-memmap-built
bench-memmap-built: $(BENCH_MEMMAP)
	@$(PYTHON) tests/bench/memmap.py $(if $(QUICK),--quick) $(BENCH_MEMMAP)
