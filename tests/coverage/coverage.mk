# SPDX-License-Identifier: MIT
# The coverage gates: common/ and the loader with counters, the unit tests and the fake firmware on them, and
# check.py to judge. Included by the Makefile after firmware.mk; uses BUILD, HOST_COMMON, UNIT_SOURCES,
# unit_program, firmware_objects, firmware_programs and `quiet`.

# Not optimized, so that each line and branch of the source is one of the program.
COV_FLAGS = -std=c17 -O0 -g $(WARNINGS) -Icommon --coverage

$(BUILD)/cov/common/%.o: common/%.c Makefile tests/coverage/coverage.mk
	@mkdir -p $(@D)
	$(call quiet,CC[cov],$<)$(CC) $(COV_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/cov/tests/%.o: tests/%.c Makefile tests/coverage/coverage.mk
	@mkdir -p $(@D)
	$(call quiet,CC[cov],$<)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(eval $(call unit_program,cov,--coverage))

# common/frames three times more: the hardened build, and both with steps that fail (frames_inject.mk).
COV_FRAMES := $(addprefix $(BUILD)/cov/,hardened/unit inject/frames_inject hardened_inject/frames_inject)
$(BUILD)/cov/hardened/%.o: HARDENED = -DFRAMES_HARDENED
$(BUILD)/cov/hardened_inject/%.o: HARDENED = -DFRAMES_HARDENED
$(BUILD)/cov/inject/%.o $(BUILD)/cov/hardened_inject/%.o: INJECTED = -Itests/model/frames_inject

define cov_frames_objects
$(BUILD)/cov/$(1)/common/%.o: common/%.c Makefile tests/coverage/coverage.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[cov],$$<)$(CC) $$(INJECTED) $$(HARDENED) $(COV_FLAGS) $(DEPFLAGS) -c $$< -o $$@
$(BUILD)/cov/$(1)/tests/%.o: tests/%.c Makefile tests/coverage/coverage.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC[cov],$$<)$(CC) $$(INJECTED) $$(HARDENED) $(HOST_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $$< -o $$@
endef
$(foreach build,hardened inject hardened_inject,$(eval $(call cov_frames_objects,$(build))))

$(BUILD)/cov/hardened/unit: $(patsubst %.c,$(BUILD)/cov/hardened/%.o,$(wildcard common/frames/*.c tests/unit/test_frames*.c))
	$(call quiet,LD,$@)$(CC) --coverage $^ -lcriterion -o $@
COV_INJECT := $(patsubst %.c,%.o,$(wildcard common/frames/*.c tests/model/frames_inject.c tests/model/frames_inject/*.c))
$(BUILD)/cov/inject/frames_inject: $(addprefix $(BUILD)/cov/inject/,$(COV_INJECT))
$(BUILD)/cov/hardened_inject/frames_inject: $(addprefix $(BUILD)/cov/hardened_inject/,$(COV_INJECT))
$(filter %/frames_inject,$(COV_FRAMES)): tests/model/frames_explore/switch.S
	$(call quiet,LD,$@)$(CC) --coverage $^ -o $@

# The tests of common/base with counters, too: its headers' functions are inlined into them.
$(BUILD)/cov/tests/unit/test_base%.o: HOST_FLAGS = $(COV_FLAGS)

# Our own memory functions, which the unit tests call by other names; the rule is the Makefile's.
$(BUILD)/cov/groma_mem.o: HOST_FLAGS = $(COV_FLAGS) -dumpdir $(BUILD)/cov/common/base/

# The loader with counters, over the fake firmware.
$(eval $(call firmware_objects,cov,$$(CC),$$(if $$(filter tests/%,$$<),$$(HOST_FLAGS),$$(COV_FLAGS))))
$(eval $(call firmware_programs,cov,--coverage))
COV_LOADER := $(addprefix $(BUILD)/cov/,loader_cases loader_files loader_faults)
COV_BUILDS := $(BUILD)/cov/unit $(COV_FRAMES) $(COV_LOADER)

.PHONY: coverage coverage-built
coverage: deps-full ## which lines and branches of common/ and of the loader run in the tests
	$(again) coverage-built
coverage-built: $(COV_BUILDS)
	@$(PYTHON) tests/coverage/check.py --build $(BUILD)/cov
