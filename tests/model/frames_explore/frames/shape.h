/* SPDX-License-Identifier: MIT */
/*
 * The shape of a tree so small that its interleavings can be walked through: two words of four
 * frames a block (EXPLORE_WORD_SHIFT=2) or four words of two (=1), two blocks a group, two groups
 * a giant. Stands in for common/frames/shape.h.
 */
#ifndef GROMA_FRAMES_SHAPE_H
#define GROMA_FRAMES_SHAPE_H

#include <stdint.h>

#define WORD_SHIFT  EXPLORE_WORD_SHIFT
#define BLOCK_SHIFT 3u
#define GROUP_SHIFT 4u
#define GIANT_SHIFT 5u

#define WORD_FULL    ((UINT64_C(1) << WORD_FRAMES) - 1)
#define GROUP_FULL   ((UINT64_C(1) << GROUP_BLOCKS) - 1)
#define ROW_SHIFT    6u

#define WORD_FRAMES  (UINT64_C(1) << WORD_SHIFT)
#define BLOCK_FRAMES (UINT64_C(1) << BLOCK_SHIFT)
#define GIANT_FRAMES (UINT64_C(1) << GIANT_SHIFT)
#define LINE_WORDS   (1u << (BLOCK_SHIFT - WORD_SHIFT))
#define GROUP_BLOCKS (UINT64_C(1) << (GROUP_SHIFT - BLOCK_SHIFT))
#define GIANT_BLOCKS (UINT64_C(1) << (GIANT_SHIFT - BLOCK_SHIFT))
#define ROW_GIANTS   (UINT64_C(1) << ROW_SHIFT)

#define SEEK_TRIES 2u
#define MOVE_LOOKS 2u

#endif
