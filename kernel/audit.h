/* SPDX-License-Identifier: MIT */
/*
 * What the live page tables allow: nothing writable and executable, under one address or two,
 * nothing for user mode, no page 0, no low half, no table outside the loader's pool.
 */
#ifndef GROMA_KERNEL_AUDIT_H
#define GROMA_KERNEL_AUDIT_H

#include "kernel.h"

/* Walks all tables. Prints E-AUDIT-NN for each rule that is broken, then `groma: audit ...`. */
void audit_tables(const struct kernel *kernel);

#endif
