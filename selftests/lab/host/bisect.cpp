// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/mutator.h"
#include "common/text_file.h"
#include "host/commands.h"
#include "host/failure.h"
#include "host/session.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

/** What workshop and scenarios call the kernel of the tree. */
constexpr const char* tree_kernel = "tree";

/** tree.sh: it is the tree's fault. */
constexpr int trees_fault = 3;

constexpr const char* column = "images";
constexpr const char* load = "load";
constexpr const char* attributes = "attributes";

/** Throws UsageError for an expectation that no commit could meet. */
void check(const BisectQuestion& question) {
    const bool is_verdict =
        question.expected == bisect_loads || question.expected == bisect_refused;

    if ((question.ask == BisectAsk::policy) == is_verdict) {
        throw UsageError(is_verdict ? "--ask policy needs --expect with keyrings: \"builtin\", "
                                      "\"secondary platform\""
                                    : "--expect is \"loads\" or \"refused\" here");
    }
}

/** The module is not there, and not because the kernel needs none. */
bool lacks_module(const Outcome& outcome) {
    return !exits_with(load, 0)(outcome).empty() && !says(load, "[native]")(outcome).empty();
}

/** A state of the tree. */
struct Commit {
    std::string id;     ///< empty: it has changes that are in no commit
    std::string title;  ///< for people
};

/** A step of a bisection, with what earlier ones have left. */
class BisectStep {
  public:
    BisectStep(const Signals& signals, const Options& options, const BisectOptions& wanted)
        : places_(find_places()),
          signals_(signals),
          commands_(signals),
          options_(options),
          wanted_(wanted),
          tree_(std::filesystem::canonical(wanted.tree)),
          directory_(places_.cache / "bisect" /
                     fmt::format("{}-{:016x}-{}", tree_.filename().string(),
                                 fingerprint(tree_.string()), wanted.arch)),
          commit_(read_commit()) {}

    int run() {
        const BisectAnswer answer = ask();

        remember(answer);
        fmt::print("{}: {}: {}\n", commit_.title, bisect_word(answer.state), answer.text);
        return bisect_status(answer.state);
    }

  private:
    [[nodiscard]] std::string git(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"git", "-C", tree_.string()});
        return commands_.ask("git", arguments);
    }

    [[nodiscard]] Commit read_commit() const {
        Commit commit;
        const bool changed =
            !git({"status", "--porcelain", "--untracked-files=no", "--ignore-submodules"}).empty();

        commit.title = last_line(git({"log", "-1", "--format=%h %s"}));
        if (changed) {
            commit.title += ", changed";
        } else {
            commit.id = last_line(git({"rev-parse", "HEAD"}));
        }
        return commit;
    }

    [[nodiscard]] std::filesystem::path answers() const { return directory_ / "answers.jsonl"; }

    void remember(const BisectAnswer& answer) const {
        const nlohmann::json json = {{"commit", commit_.id},
                                     {"title", commit_.title},
                                     {"question", words_of(wanted_.question)},
                                     {"answer", bisect_word(answer.state)},
                                     {"text", answer.text}};
        std::ofstream lines(answers(), std::ios::app);

        lines << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n'
              << std::flush;
        if (!lines) {
            throw Failure(
                fmt::format("cannot write {}; is there room on the disk?", answers().string()));
        }
    }

    [[nodiscard]] BisectAnswer ask() {
        const bool compiles_only = wanted_.question.ask == BisectAsk::module_builds;
        std::vector<std::string> build{places_.lab / "tree.sh", wanted_.arch, tree_, directory_};

        if (compiles_only) {
            build.emplace_back("headers");
        }
        try {
            static_cast<void>(commands_.ask("building the tree", build));
        } catch (const CommandFailure& failure) {
            if (failure.status() != trees_fault) {
                throw;
            }
            return {BisectState::cannot_tell,
                    fmt::format("it does not build; see {}", (directory_ / "log").string())};
        }
        Workshop workshop(places_, commands_, read_arch(places_.lab, wanted_.arch));
        return compiles_only ? ask_compiler(workshop) : ask_guest(workshop);
    }

    [[nodiscard]] BisectAnswer ask_compiler(Workshop& workshop) const {
        workshop.use_tree(tree_kernel, directory_, true);
        try {
            workshop.compile_module(tree_kernel);
        } catch (const CommandFailure& failure) {
            return {BisectState::otherwise, failure.what()};
        }
        return {BisectState::as_expected, "the module builds"};
    }

    [[nodiscard]] BisectAnswer ask_guest(Workshop& workshop) const {
        const BisectQuestion& question = wanted_.question;
        Session session(places_, signals_, "bisect-" + wanted_.arch, options_);
        std::optional<Outcome> outcome;

        workshop.use_tree(tree_kernel, directory_,
                          question.with_module || question.ask == BisectAsk::policy);
        workshop.use_images_of(image_kernel);
        try {
            workshop.make_modules(tree_kernel);
        } catch (const CommandFailure& failure) {
            return {BisectState::cannot_tell,
                    fmt::format("a module does not build against it: {}", failure.what())};
        }
        session.prepare(workshop, scenario(workshop.arch()));
        const std::string what_it_said = session.console_log(0).string();
        session.boot([&outcome](std::size_t, Outcome ended) { outcome = std::move(ended); });
        if (!outcome || !outcome->failure.empty()) {
            return {BisectState::cannot_tell,
                    fmt::format("the guest did not come to its end: {}; see {}",
                                outcome ? outcome->failure : "no answer", what_it_said)};
        }
        if (question.with_module && lacks_module(*outcome)) {
            return {BisectState::cannot_tell, "the module does not load; see " + what_it_said};
        }
        return question.ask == BisectAsk::policy
                   ? answer_of_policy(question, value_of(*outcome, attributes, "native_policy"))
                   : answer_of_column(question, column_of(*outcome, column));
    }

    [[nodiscard]] Scenario scenario(const Arch& arch) const {
        const BisectQuestion& question = wanted_.question;
        Scenario scenario = not_locked_down({"tree", tree_kernel, ""});

        if (question.lockdown != "none") {
            scenario.command_line = "lockdown=" + question.lockdown;
        }
        add_platform_key(scenario, arch);
        add_secondary_key(scenario);
        if (question.ask == BisectAsk::policy) {
            add_load(scenario, load, {"--mode", "observe"}, true);
            add_attributes(scenario, attributes);
            return scenario;
        }
        if (question.with_module) {
            // Of a kernel that needs none, it says so and goes: then that is the answer.
            add_load(scenario, load, {});
        }
        add_cells(scenario.plan, column);
        return scenario;
    }

    Places places_;
    const Signals& signals_;
    Commands commands_;
    const Options& options_;
    const BisectOptions& wanted_;
    std::filesystem::path tree_;
    std::filesystem::path directory_;
    Commit commit_;
};

}  // namespace

int bisect(const Signals& signals, const Options& options, const BisectOptions& wanted) {
    // To git, most exit statuses are a verdict: it must not take our trouble for one.
    try {
        check(wanted.question);
        return BisectStep(signals, options, wanted).run();
    } catch (const Interrupted&) {
        throw;
    } catch (const std::exception& error) {
        fmt::print(stderr, "kxk-lab: {}\n", error.what());
        return bisect_broken;
    }
}

}  // namespace kxk::lab
