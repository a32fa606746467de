#include "app/command/run.h"

#include <cstdio>
#include <exception>
#include <string>
#include <sys/stat.h>
#include <vector>

int main(int count, char** arguments) {
    // Mail, passwords and sockets are nobody else's; a listener sets the mode of its own file.
    ::umask(0077);
    // The last edge: what still flies here is a fault of ours or a want of memory.
    try {
        return mailcast::app::run(std::vector<std::string>(arguments + 1, arguments + count));
    } catch (const std::exception& error) {
        static_cast<void>(std::fprintf(stderr, "mailcast: %s\n", error.what()));
        return 1;
    }
}
