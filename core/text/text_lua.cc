#include "core/binding/arguments.h"
#include "core/binding/entry.h"
#include "core/binding/kernel.h"
#include "core/text/clean.h"

namespace tideway::text {

namespace {

Result<int> Clean(lua_State* L) {
  binding::Options given(L, 1, "text.clean");
  CleanOptions options;
  options.urls = given.Bool("urls", options.urls);
  options.html = given.Bool("html", options.html);
  options.newlines = given.Bool("newlines", options.newlines);
  options.whitespace = given.Bool("whitespace", options.whitespace);
  given.Finish();
  binding::PushKernel(L, MakeClean(options));
  return 1;
}

}  // namespace

int OpenText(lua_State* L) { return binding::PushModule(L, {{"clean", binding::Entry<Clean>}}); }

}  // namespace tideway::text
