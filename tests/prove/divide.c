/* SPDX-License-Identifier: MIT */
/* Apart from base.c: lemmas about products would mislead the provers there. */
#include "base/divide.h"
