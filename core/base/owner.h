// Marks that say which process a temporary belongs to, so that the leftovers of dead ones can go.
//
// A mark is "<host>-<pid>-<start>": a hash of the machine and its process namespace, the process
// id, and its start time, which tells a process from a later one with the same id. What another
// machine left in a shared folder cannot be judged, and is never called gone. Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

namespace tideway {

// The mark of this process; safe in a file name.
std::string OwnerMark();

// Whether `mark` is one of this machine and its process no longer lives, which is also one that has
// ended and whose parent has not noticed. False for anything else.
bool OwnerIsGone(std::string_view mark);

}  // namespace tideway
