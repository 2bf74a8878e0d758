// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A value, or the errno that stood in its way. */
#pragma once

#include <utility>
#include <variant>

namespace kxk::host {

/** An errno as a type of its own, so that it is never taken for a value. */
struct Errno {
    int number = 0;
};

/** What a system call gave: a T, or an errno. */
template <typename T>
class [[nodiscard]] Result {
  public:
    // Both conversions are wanted: `return text;` and `return Errno{ENOENT};`.
    Result(T value) : content_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
    Result(Errno error) : content_(error) {}         // NOLINT(google-explicit-constructor)

    [[nodiscard]] explicit operator bool() const { return std::holds_alternative<T>(content_); }
    [[nodiscard]] const T& operator*() const { return std::get<T>(content_); }
    [[nodiscard]] const T* operator->() const { return &std::get<T>(content_); }

    /** The value itself, for who keeps it. */
    [[nodiscard]] T take() && { return std::get<T>(std::move(content_)); }

    /** The errno; 0 when there is a value. */
    [[nodiscard]] int error() const {
        const auto* error = std::get_if<Errno>(&content_);
        return error == nullptr ? 0 : error->number;
    }

  private:
    std::variant<T, Errno> content_;
};

}  // namespace kxk::host
