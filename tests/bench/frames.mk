# SPDX-License-Identifier: MIT
# The frame allocator's benchmark, its model and its stress. Included by the Makefile; uses
# BUILD, CC, HOST_FLAGS, SAN_FLAGS, TEST_FLAGS, PYTHON and `quiet`.
#
# Each allocator is a program of its own: the harness, one adapter, no link-time optimisation.

FRAMES_SOURCES  := $(sort $(wildcard common/frames/*.c))
FRAMES_HEADERS  := $(wildcard common/frames/*.h common/base/*.h common/memmap/memmap.h tests/bench/*.h)
FRAMES_BENCH    := $(addprefix $(BUILD)/bench/frames-,groma next_fit buddy)
FRAMES_TESTS    := $(addprefix $(BUILD)/,san/frames_model host/frames_stress tsan/frames_stress)

$(BUILD)/bench/frames-groma: $(FRAMES_SOURCES)
$(FRAMES_BENCH): $(BUILD)/bench/frames-%: tests/bench/frames/adapter_%.c tests/bench/frames/harness.c $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(filter %.c,$^) -lpthread -o $@

$(BUILD)/san/frames_model: tests/model/frames_model.c $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC[san],$@)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) $(filter %.c,$^) -o $@

$(BUILD)/host/frames_stress: tests/model/frames_stress.c $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(filter %.c,$^) -lpthread -o $@

$(BUILD)/tsan/frames_stress: tests/model/frames_stress.c $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC[tsan],$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) -fsanitize=thread $(filter %.c,$^) -lpthread -o $@

.PHONY: bench-frames bench-frames-built
bench-frames: deps-bench ## what the frame allocator costs, beside two simple ones
	$(again) bench-frames-built
bench-frames-built: $(FRAMES_BENCH)
	@$(PYTHON) tests/bench/frames/run.py --build $(BUILD)/bench
