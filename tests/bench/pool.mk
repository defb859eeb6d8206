# SPDX-License-Identifier: MIT
# The block pool's benchmark, its model and its exhaustive test. Included by the Makefile; uses
# BUILD, CC, HOST_FLAGS, SAN_FLAGS, TEST_FLAGS, PYTHON and `quiet`.
#
#   build/san/pool_model       random operations on pool and model, with the sanitizers
#   build/host/pool_exhaustive every short sequence on the smallest arenas

POOL_SHADOW  := tests/model/pool_shadow.c tests/model/pool_shadow_steps.c
POOL_TESTS   := $(BUILD)/san/pool_model $(BUILD)/host/pool_exhaustive
BENCH_POOL   := $(BUILD)/bench/pool/pool_bench
POOL_COMMON  := $(filter common/base/% common/memmap/% common/pool/%,$(HOST_COMMON))
BENCH_POOL_SOURCES := $(POOL_COMMON) $(sort $(wildcard tests/bench/pool/*.c))
BENCH_POOL_FLAGS = -std=c17 -O2 -g $(WARNINGS) -Icommon -Itests -D_GNU_SOURCE

$(BUILD)/san/pool_model: $(BUILD)/san/tests/model/pool_model.o $(POOL_SHADOW:%.c=$(BUILD)/san/%.o) \
		$(POOL_COMMON:%.c=$(BUILD)/san/%.o)
	$(call quiet,LD,$@)$(CC) -fsanitize=address,undefined $^ -o $@

$(BUILD)/host/pool_exhaustive: $(BUILD)/host/tests/model/pool_exhaustive.o $(POOL_SHADOW:%.c=$(BUILD)/host/%.o) \
		$(POOL_COMMON:%.c=$(BUILD)/host/%.o)
	$(call quiet,LD,$@)$(CC) $^ -o $@

# Both contenders as a kernel would have them.
$(BUILD)/bench/pool/common/%.o $(BUILD)/bench/pool/tests/bench/pool/segregated.o: \
  BENCH_POOL_FLAGS += -mgeneral-regs-only

$(BUILD)/bench/pool/%.o: %.c Makefile tests/bench/pool.mk
	@mkdir -p $(@D)
	$(call quiet,CC[bench],$<)$(CC) $(BENCH_POOL_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BENCH_POOL): $(BENCH_POOL_SOURCES:%.c=$(BUILD)/bench/pool/%.o)
	$(call quiet,LD,$@)$(CC) $^ -o $@

.PHONY: bench-pool bench-pool-built
bench-pool: $(if $(QUICK),deps,deps-bench) ## what the block pool costs, beside a segregated fit
	@$(MAKE) --no-print-directory bench-pool-built
bench-pool-built: $(BENCH_POOL)
	@$(PYTHON) tests/bench/pool.py $(if $(QUICK),--quick) $(BENCH_POOL)
