/* SPDX-License-Identifier: MIT */
/*
 * What C17 and C++17 say differently, so that one header serves both.
 *
 * MUST_USE stands first in a declaration (the only place that both languages allow);
 * declarations for C++ programs stand between C_DECLARATIONS_BEGIN and _END. ATOMIC(type) is a
 * field that several CPUs use at the same time: C++17 has no _Atomic, and does without in a
 * type of the same size and alignment; only frames/atomic.h touches such fields.
 */
#ifndef GROMA_BASE_LANGUAGE_H
#define GROMA_BASE_LANGUAGE_H

#ifdef __cplusplus
#define MUST_USE                          [[nodiscard]]
#define STATIC_ASSERT(condition, message) static_assert(condition, message)
#define C_DECLARATIONS_BEGIN              extern "C" {
#define C_DECLARATIONS_END                }
#define ALIGNED_TO(bytes)                 alignas(bytes)
#define ATOMIC(type)                      type
#else
#define MUST_USE                          __attribute__((warn_unused_result))
#define STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#define C_DECLARATIONS_BEGIN
#define C_DECLARATIONS_END
#define ALIGNED_TO(bytes)                 _Alignas(bytes)
#define ATOMIC(type)                      _Atomic(type)
#endif

#endif
