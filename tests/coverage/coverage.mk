# SPDX-License-Identifier: MIT
# The coverage gate: common/ with counters, the unit tests on it, and check.py to judge.
# Included by the Makefile; uses BUILD, HOST_COMMON, UNIT_SOURCES, unit_program and `quiet`.

# Not optimized, so that each line and branch of the source is one of the program.
COV_FLAGS = -std=c17 -O0 -g $(WARNINGS) -Icommon --coverage

$(BUILD)/cov/common/%.o: common/%.c Makefile tests/coverage/coverage.mk
	@mkdir -p $(@D)
	$(call quiet,CC[cov],$<)$(CC) $(COV_FLAGS) $(DEPFLAGS) -c $< -o $@

$(BUILD)/cov/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC[cov],$<)$(CC) $(HOST_FLAGS) $(TEST_FLAGS) $(DEPFLAGS) -c $< -o $@

$(eval $(call unit_program,cov,--coverage))

.PHONY: coverage coverage-built
coverage: deps-full ## every line and branch of common/memmap runs in the unit tests
	$(again) coverage-built
coverage-built: $(BUILD)/cov/unit
	@$(PYTHON) tests/coverage/check.py --build $(BUILD)/cov
