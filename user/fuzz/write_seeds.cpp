// SPDX-License-Identifier: LGPL-2.1-or-later
/* Writes what the fuzzers start with:  fuzz-seeds DIRECTORY */
#include <fstream>
#include <iostream>

#include "fuzz_seeds.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: fuzz-seeds DIRECTORY\n";
        return 2;
    }
    for (const auto& [name, bytes] : kxk::test::fuzz_seeds()) {
        std::ofstream file(std::string(argv[1]) + '/' + name, std::ios::binary);
        file << bytes;
        if (!file.flush()) {
            std::cerr << "fuzz-seeds: " << argv[1] << '/' << name << " cannot be written\n";
            return 1;
        }
    }
    return 0;
}
