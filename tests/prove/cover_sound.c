/* SPDX-License-Identifier: MIT */
/* Links of classes, kept. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/class.h"
#include "cover/open.h"
#include "cover/classes.h"
#include "cover/again.h"
#include "cover/sound.h"
