# SPDX-License-Identifier: MIT
# The frame allocator's benchmark, its model and its stress. Included by the Makefile; uses
# BUILD, CC, HOST_FLAGS, SAN_FLAGS, TEST_FLAGS, PYTHON and `quiet`.
#
# Each allocator is a program of its own: the harness, one adapter, no link-time optimisation.

FRAMES_SOURCES  := $(sort $(wildcard common/frames/*.c))
FRAMES_HEADERS  := $(wildcard common/frames/*.h common/base/*.h common/memmap/memmap.h \
                   tests/bench/*.h)
FRAMES_MODEL    := $(addprefix tests/model/frames_model,.c _alloc.c _state.c .h)
FRAMES_BENCH    := $(addprefix $(BUILD)/bench/frames-,groma hardened counted next_fit buddy)
FRAMES_TESTS    := $(addprefix $(BUILD)/,san/frames_model san/frames_model_hardened \
                   host/frames_stress host/frames_stress_hardened san/frames_unit_hardened \
                   tsan/frames_stress)

$(BUILD)/bench/frames-groma: $(FRAMES_SOURCES)

$(BUILD)/bench/frames-hardened: tests/bench/frames/adapter_groma.c tests/bench/frames/harness.c \
		$(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) -DFRAMES_HARDENED \
	  $(filter %.c,$^) -lpthread -o $@

# Never measured: each locked instruction is counted.
$(BUILD)/bench/frames-counted: tests/bench/frames/adapter_groma.c tests/bench/frames/harness.c \
		$(FRAMES_SOURCES) $(FRAMES_HEADERS) tests/bench/frames/counted/frames/atomic.h
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) -Itests/bench/frames/counted $(HOST_FLAGS) $(TEST_FLAGS) \
	  -DFRAMES_COUNTED $(filter %.c,$^) -lpthread -o $@

$(filter-out %hardened %counted,$(FRAMES_BENCH)): $(BUILD)/bench/frames-%: \
		tests/bench/frames/adapter_%.c tests/bench/frames/harness.c $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) \
	  $(filter %.c,$^) -lpthread -o $@

$(BUILD)/san/frames_model: $(FRAMES_MODEL) $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC[san],$@)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) $(filter %.c,$^) -o $@

$(BUILD)/san/frames_model_hardened: $(FRAMES_MODEL) $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC[san],$@)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) -DFRAMES_HARDENED $(filter %.c,$^) -o $@

$(BUILD)/san/frames_unit_hardened: $(wildcard tests/unit/test_frames*.c) $(FRAMES_SOURCES) \
		$(FRAMES_HEADERS) tests/unit/test_frames_fixture.h
	@mkdir -p $(@D)
	$(call quiet,CC[san],$@)$(CC) $(SAN_FLAGS) $(TEST_FLAGS) -DFRAMES_HARDENED \
	  $(filter %.c,$^) -lcriterion -o $@

$(BUILD)/host/frames_stress_hardened: tests/model/frames_stress.c $(FRAMES_SOURCES) \
		$(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) -DFRAMES_HARDENED \
	  $(filter %.c,$^) -lpthread -o $@

$(BUILD)/host/frames_stress: tests/model/frames_stress.c $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) \
	  $(filter %.c,$^) -lpthread -o $@

$(BUILD)/tsan/frames_stress: tests/model/frames_stress.c $(FRAMES_SOURCES) $(FRAMES_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC[tsan],$@)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) -fsanitize=thread \
	  $(filter %.c,$^) -lpthread -o $@

.PHONY: bench-frames bench-frames-built
bench-frames: deps-bench ## what the frame allocator costs, beside two simple ones
	$(again) bench-frames-built
bench-frames-built: $(FRAMES_BENCH)
	@$(PYTHON) tests/bench/frames/run.py --build $(BUILD)/bench
