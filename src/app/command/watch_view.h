// How `mailcast watch` shows a packet: who and from where, subject, text, attachments.  Pure.
#pragma once

#include "app/command/terminal.h"
#include "psyc/packet.h"

#include <string>

namespace mailcast::app {

// Lines to print, each ended; "" for what is not worth showing (greeting, presence).  Whatever the packet
// holds, no control character of it reaches the terminal.
std::string watch_view(const psyc::Packet& packet, const Palette& palette);

} // namespace mailcast::app
