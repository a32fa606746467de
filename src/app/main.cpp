#include "app/run.h"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int count, char** arguments) {
    // The last edge: what still flies here is a fault of ours or a want of memory.
    try {
        return mailcast::app::run(std::vector<std::string>(arguments + 1, arguments + count));
    } catch (const std::exception& error) {
        static_cast<void>(std::fprintf(stderr, "mailcast: %s\n", error.what()));
        return 1;
    }
}
