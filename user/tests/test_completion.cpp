// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>

#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at)
        found.insert(at->str(1));
    return found;
}

class Completion : public testing::Test {
  protected:
    Outcome of(const char* shell) { return run(system, {"completion", shell}); }

    std::string help(const std::string& command) {
        return command.empty() ? run(system, {"--help"}).out
                               : run(system, {command.c_str(), "--help"}).out;
    }

    /** The commands that --help shows. */
    std::set<std::string> commands() {
        const auto text = help("");
        const auto start = text.find("Subcommands:");
        return matches(text.substr(start, text.find("Exit status:") - start),
                       "\n  ([a-z][a-z-]*) ");
    }

    /** The options in a command's help. */
    std::set<std::string> options(const std::string& command) {
        const auto text = help(command);
        const auto start = text.find("Options:");
        const auto part = text.substr(start, text.find("\nExample") - start);
        return matches(part, R"(\n  (?:-[a-zA-Z],)?(--[a-z][a-z0-9-]*))");
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

/* What bash offers for a word, by the script itself. */
std::set<std::string> bash_offers(const std::string& script, const std::string& before,
                                  const std::string& word) {
    const std::string path = testing::TempDir() + "kxk-completion.bash";
    std::ofstream(path) << script << "COMP_WORDS=(kexec-keyrings " << before << " '" << word
                        << "')\n"
                        << "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_kexec_keyrings\n"
                        << "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const std::string command = "bash --norc --noprofile " + path;
    FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own script
    std::string output;
    for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe))
        output += static_cast<char>(letter);
    EXPECT_EQ(::pclose(pipe), 0);
    std::remove(path.c_str());
    return matches(output, "([^\n]+)\n");
}

TEST_F(Completion, OfBashOffersEveryCommandAndOption) {
    const auto script = of("bash").out;
    const auto all = commands();
    EXPECT_THAT(all, IsSupersetOf({"load", "unload", "status", "explain"}));
    EXPECT_THAT(bash_offers(script, "", ""), IsSupersetOf(all));
    EXPECT_THAT(bash_offers(script, "", "--"), IsSupersetOf(options("")));
    for (const auto& command : all) {
        EXPECT_THAT(options(command), Not(IsEmpty())) << command;
        EXPECT_EQ(bash_offers(script, command, "--"), options(command)) << command;
    }
}

TEST_F(Completion, OfBashOffersWhatTheWordBeginsWith) {
    const auto script = of("bash").out;
    EXPECT_THAT(bash_offers(script, "", "unl"), testing::ElementsAre("unload"));
    EXPECT_THAT(bash_offers(script, "load", "--eng"), testing::ElementsAre("--engine"));
    EXPECT_THAT(bash_offers(script, "load", "--nothing"), IsEmpty());
    EXPECT_THAT(bash_offers(script, "nothing", "--"), IsEmpty());
    EXPECT_THAT(bash_offers(script, "explain", "/etc/passw"), testing::Contains("/etc/passwd"));
}

TEST_F(Completion, OfTheOthersHasEveryCommandAndOption) {
    const auto zsh = of("zsh").out;
    const auto fish = of("fish").out;
    for (const auto& command : commands()) {
        EXPECT_THAT(zsh, HasSubstr("\n        '" + command + ":"));
        EXPECT_THAT(fish, HasSubstr(" -a " + command + " -d "));
        for (const auto& option : options(command)) {
            EXPECT_THAT(zsh, HasSubstr("'" + option + "["));
            EXPECT_THAT(fish, HasSubstr("'__fish_seen_subcommand_from " + command + "'"));
            EXPECT_THAT(fish, HasSubstr(" -l " + option.substr(2)));
        }
    }
}

TEST_F(Completion, OfAnotherShellIsWrongUsage) {
    EXPECT_EQ(of("tcsh").exit, Exit::usage);
    EXPECT_EQ(run(system, {"completion"}).exit, Exit::usage);
}

TEST_F(Completion, IsNotInTheWay) {
    EXPECT_THAT(help(""), Not(HasSubstr("completion")));
    EXPECT_THAT(bash_offers(of("bash").out, "", "comp"), IsEmpty());
}

}  // namespace
}  // namespace kxk::test
