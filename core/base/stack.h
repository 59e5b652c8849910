// How much of the calling thread's C stack is in use. For code that scripts can make call itself
// through C, which nothing else bounds.
//
//   if (StackIsDeep()) return Error(ErrorKind::kScript, "sort: stack overflow");
//
// Threads: any; each asks about its own stack.
#pragma once

namespace tideway {

// True when more than half of the stack is in use, or more than 32 MiB of a larger one: what is
// called now may still use the rest. Costs some nanoseconds.
bool StackIsDeep();

}  // namespace tideway
