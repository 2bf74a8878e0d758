// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file How kxk-lab gives up. */
#pragma once

#include <stdexcept>
#include <string>

namespace kxk::lab {

/** What the user asked for makes no sense. */
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/** Something needed for the task failed; the message has cause and remedy. */
class Failure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/** A program that was run has failed. */
class CommandFailure : public Failure {
  public:
    CommandFailure(const std::string& what, int status) : Failure(what), status_(status) {}
    /** Its exit status. */
    [[nodiscard]] int status() const { return status_; }

  private:
    int status_;
};

/** The user, or the system, wants us to end. */
class Interrupted : public std::exception {
  public:
    explicit Interrupted(int signal) : signal_(signal) {}
    [[nodiscard]] int signal() const { return signal_; }
    [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }

  private:
    int signal_;
};

}  // namespace kxk::lab
