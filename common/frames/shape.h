/* SPDX-License-Identifier: MIT */
/*
 * The shape of the tree: how many frames each level holds; and how patient requests are. A
 * program that explores a smaller tree puts another frames/shape.h before this one on its
 * include path.
 *
 *   word    64 frames   256 KiB    one bit a frame
 *   block  512 frames     2 MiB    a line of words; the unit of large pages
 *   group   64 blocks   128 MiB    one bit a block
 *   giant    8 groups     1 GiB    the unit of giant pages
 *   row     64 giants    64 GiB    one bit a giant
 */
#ifndef GROMA_FRAMES_SHAPE_H
#define GROMA_FRAMES_SHAPE_H

#include <stdint.h>

#define WORD_SHIFT  6u /* log2 of frames */
#define BLOCK_SHIFT 9u
#define GROUP_SHIFT 15u
#define GIANT_SHIFT 18u

#define WORD_FULL    UINT64_MAX /* all frames of a word */
#define GROUP_FULL   UINT64_MAX /* all blocks of a group */
#define ROW_SHIFT    6u         /* log2 of the giants in a row */

#define WORD_FRAMES  (UINT64_C(1) << WORD_SHIFT)
#define BLOCK_FRAMES (UINT64_C(1) << BLOCK_SHIFT)
#define GIANT_FRAMES (UINT64_C(1) << GIANT_SHIFT)
#define LINE_WORDS   (1u << (BLOCK_SHIFT - WORD_SHIFT))
#define GROUP_BLOCKS (UINT64_C(1) << (GROUP_SHIFT - BLOCK_SHIFT))
#define GIANT_BLOCKS (UINT64_C(1) << (GIANT_SHIFT - BLOCK_SHIFT))
#define ROW_GIANTS   (UINT64_C(1) << ROW_SHIFT)

/* How often a search is repeated because frames moved behind its back, and how long it looks
 * whether they still do. */
#define SEEK_TRIES 16u
#define MOVE_LOOKS 5000u

#endif
