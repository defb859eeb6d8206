/* SPDX-License-Identifier: MIT */
/* Links of classes, kept. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/kept.h"
#include "cover/classes.h"
#include "cover/again.h"
#include "cover/sound.h"
