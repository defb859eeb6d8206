# SPDX-License-Identifier: MIT
# Mutation testing of common/memmap: mutate.py builds what it needs in a folder of its own.
# Included by the Makefile; uses PYTHON.

MUTATION_OPTIONS ?=

.PHONY: mutation
mutation: deps-full ## does a test fail for each small thing that could be wrong in common/memmap?
	@$(PYTHON) tests/mutation/mutate.py $(MUTATION_OPTIONS)
