// Carries a command out: the outermost edge of the program, where everything meets standard input,
// output and error.
#pragma once

#include <span>
#include <string>

namespace mailcast::app {

// `words` are the arguments without the name of the program.  Gives the exit status:
// 0 done, 1 it could not be done (one line on standard error says why), 2 wrong usage or configuration.
int run(std::span<const std::string> words);

} // namespace mailcast::app
