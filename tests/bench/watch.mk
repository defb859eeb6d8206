# SPDX-License-Identifier: MIT
# What watching memory costs: `make bench-watch`. Included by the Makefile; uses BUILD, WARNINGS,
# BENCH_CC (tests/bench/memmap.mk) and `quiet`.
#
# Compiled as a kernel would have it: -O2 and integer registers alone for common/.
BENCH_WATCH         := $(BUILD)/bench/watch/watch_bench
BENCH_WATCH_COMMON  := $(filter common/watch/% common/text/%,$(HOST_COMMON))
BENCH_WATCH_OPT     ?= -O2 -mgeneral-regs-only
BENCH_WATCH_O       := $(BENCH_WATCH_COMMON:%.c=$(BUILD)/bench/watch/%.o) $(BUILD)/bench/watch/tests/bench/watch/main.o \
                       $(addprefix $(BUILD)/bench/watch/,tests/bench/watch/shared.o tools/memwatch/holes.o)

$(BUILD)/bench/watch/common/%.o: common/%.c Makefile tests/bench/watch.mk
	@mkdir -p $(@D)
	$(call quiet,CC[bench],$<)$(BENCH_CC) -std=c17 $(BENCH_WATCH_OPT) -g $(WARNINGS) -Icommon $(DEPFLAGS) -c $< -o $@

$(BUILD)/bench/watch/tests/%.o: tests/%.c Makefile tests/bench/watch.mk
	@mkdir -p $(@D)
	$(call quiet,CC[bench],$<)$(BENCH_CC) -std=c17 -O2 -g $(WARNINGS) -Icommon -Itests -Itools/memwatch -D_GNU_SOURCE $(DEPFLAGS) -c $< -o $@

# As memwatch has it, for a guest's memory.
$(BUILD)/bench/watch/tools/%.o: tools/%.c Makefile tests/bench/watch.mk
	@mkdir -p $(@D)
	$(call quiet,CC[bench],$<)$(BENCH_CC) -std=c17 -O2 -g $(WARNINGS) -Icommon -D_GNU_SOURCE $(DEPFLAGS) -c $< -o $@

$(BENCH_WATCH): $(BENCH_WATCH_O)
	$(call quiet,LD,$@)$(BENCH_CC) $^ -lpthread -o $@

.PHONY: bench-watch bench-watch-built
bench-watch: deps-bench ## what watching memory costs, beside memcpy and a loop over bytes
	$(again) bench-watch-built
bench-watch-built: $(BENCH_WATCH)
	@$(BENCH_WATCH) /dev/shm
	@command -v scanmem >/dev/null || echo "bench-watch: scanmem is not installed: not run beside"
