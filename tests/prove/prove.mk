# SPDX-License-Identifier: MIT
# Formal proof with Frama-C/WP: `make prove` (answers in the cache are taken), `make prove FRESH=1`
# (every goal anew), `make prove-smoke` (does a contract contradict itself?), `make prove-bite` (planted
# mistakes must make goals fail), `make prove-mutants` (so must mutants), `make prove-run` (the contracts as
# C, run). Included by the Makefile; uses BUILD and PYTHON. See tests/prove/README.md.
PROVE = $(PYTHON) tests/prove/prove.py --work $(BUILD)/prove

.PHONY: prove prove-smoke prove-bite prove-mutants prove-run prove-built prove-smoke-built prove-bite-built \
        prove-mutants-built prove-run-built
prove: deps-full ## prove the contracts of common/ (FRESH=1: every goal anew)
	@$(MAKE) --no-print-directory prove-built
prove-built:
	@$(PROVE) $(if $(FRESH),--fresh)

prove-smoke: deps-full ## does a contract contradict itself, is code behind one dead?
	@$(MAKE) --no-print-directory prove-smoke-built
prove-smoke-built:
	@$(PROVE) --smoke

prove-bite: deps-full ## planted mistakes must make proofs fail
	@$(MAKE) --no-print-directory prove-bite-built
prove-bite-built:
	@$(PROVE) --bite

prove-mutants: deps-full ## does the proof notice 100 mutants, and those that no test kills?
	@$(MAKE) --no-print-directory prove-mutants-built
prove-mutants-built:
	@$(PYTHON) tests/prove/prove_mutants.py --work $(BUILD)/prove --survivors $(BUILD)/mutation-survivors.txt

prove-run: deps-full ## run the contracts: E-ACSL over the real maps and the corpus of the fuzzer
	@$(MAKE) --no-print-directory prove-run-built
prove-run-built:
	@$(PYTHON) tests/prove/prove_run.py --work $(BUILD)/prove/run
