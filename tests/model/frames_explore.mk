# SPDX-License-Identifier: MIT
# All interleavings of a shrunken frame allocator: two shapes, four frames a word and two. Included
# by the Makefile; uses BUILD, CC, HOST_FLAGS, TEST_FLAGS, PYTHON and `quiet`.
#
# The product's sources, with other bodies of atomic.h and shape.h put before theirs.

EXPLORE_FOLDER  := tests/model/frames_explore
EXPLORE_SOURCES := tests/model/frames_explore.c $(sort $(wildcard $(EXPLORE_FOLDER)/*.c)) $(EXPLORE_FOLDER)/switch.S \
                   $(sort $(wildcard common/frames/*.c))
EXPLORE_HEADERS := $(wildcard $(EXPLORE_FOLDER)/*.h $(EXPLORE_FOLDER)/frames/*.h common/frames/*.h common/base/*.h) \
                   common/memmap/memmap.h
EXPLORE_BUILDS  := $(addprefix $(BUILD)/host/frames_explore-,2 1)

$(EXPLORE_BUILDS): $(BUILD)/host/frames_explore-%: $(EXPLORE_SOURCES) $(EXPLORE_HEADERS) tests/model/frames_explore.mk
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(CC) -I$(EXPLORE_FOLDER) -DEXPLORE_WORD_SHIFT=$*u \
	  $(HOST_FLAGS) $(TEST_FLAGS) $(EXPLORE_SOURCES) -o $@

.PHONY: frames-explore frames-explore-full frames-explore-bite
frames-explore: $(BUILD)/host/frames_explore-2 ## interleavings of the frame allocator, the short set
	@$<
frames-explore-full: $(EXPLORE_BUILDS) ## the long set, in both shapes
	@$(BUILD)/host/frames_explore-2 --full && $(BUILD)/host/frames_explore-1 --full
frames-explore-bite: ## planted mistakes in common/frames must be found
	@$(PYTHON) $(EXPLORE_FOLDER)/bite.py --work $(BUILD)/frames_explore --cc $(CC)
