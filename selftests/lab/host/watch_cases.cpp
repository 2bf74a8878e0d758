// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/watch_cases.h"

#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

/** Comes back once the events are on: what is loaded before that is not seen. */
constexpr const char* start =
    "kexec-keyrings watch --json --count 2 >/watched 2>&1 & "
    "for i in $(seq 200); do "
    "grep -qs 1 /sys/kernel/tracing/instances/*/events/kexec_keyrings/verify/enable && exit 0; "
    "sleep 0.1; done; cat /watched; exit 1";

/** Its instance goes with it. */
constexpr const char* end =
    "for i in $(seq 200); do "
    "[ -n \"$(ls /sys/kernel/tracing/instances)\" ] || { cat /watched; exit 0; }; "
    "sleep 0.1; done; cat /watched; exit 1";

}  // namespace

void add_watching(Scenario& scenario, const std::string& name, const std::string& phase) {
    const auto begin = scenario.step(phase + "/watch", RunProgram{{"sh", "-c", start}});
    scenario.step(phase + "/watch-secondary", LoadImage{guest_image("secondary")});
    scenario.step(phase + "/watch-unknown", LoadImage{guest_image("unknown")});
    const auto seen = scenario.step(phase + "/watched", RunProgram{{"sh", "-c", end}});

    scenario.expect(name + ": watch tells the accepted image and the refused one, and is gone",
                    all_of({succeeds(begin), succeeds(seen),
                            says(seen, R"("consulted":["secondary"],"verdict":"accepted")"),
                            says(seen, R"("consulted":["secondary","platform"],)"
                                       R"("verdict":"refused")"),
                            says(seen, R"("errno_name":"ENOKEY")")}));
}

void add_nothing_to_watch(Scenario& scenario, const std::string& phase, const std::string& code) {
    const auto watch =
        scenario.step(phase + "/watch", RunProgram{{"kexec-keyrings", "watch", "--json"}});

    scenario.expect(phase + ": there is nothing to watch, and the companion says so",
                    all_of({exits_with(watch, 1), says(watch, "\"code\":\"" + code + '"')}));
}

}  // namespace kxk::lab
