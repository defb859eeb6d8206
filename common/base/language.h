/* SPDX-License-Identifier: MIT */
/*
 * What C17 and C++17 say differently, so that one header serves both.
 *
 * MUST_USE stands first in a declaration (the only place that both languages allow);
 * declarations for C++ programs stand between C_DECLARATIONS_BEGIN and _END.
 */
#ifndef GROMA_BASE_LANGUAGE_H
#define GROMA_BASE_LANGUAGE_H

#ifdef __cplusplus
#define MUST_USE                          [[nodiscard]]
#define STATIC_ASSERT(condition, message) static_assert(condition, message)
#define C_DECLARATIONS_BEGIN              extern "C" {
#define C_DECLARATIONS_END                }
#else
#define MUST_USE                          __attribute__((warn_unused_result))
#define STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#define C_DECLARATIONS_BEGIN
#define C_DECLARATIONS_END
#endif

#endif
