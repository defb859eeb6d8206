/* SPDX-License-Identifier: MIT */
/* Nothing but the headers of common/base whose inline functions are proved. */
#include "base/address.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "base/checked.h"
