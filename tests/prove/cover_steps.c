/* SPDX-License-Identifier: MIT */
/* What a step of the walk leaves. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/world.h"
#include "cover/counted.h"
#include "cover/sound.h"
#include "cover/over.h"
#include "cover/width.h"
#include "cover/before.h"
#include "cover/pausing.h"
#include "cover/swept_kept.h"
#include "cover/closing.h"
#include "cover/opening.h"
