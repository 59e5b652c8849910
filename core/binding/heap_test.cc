#include "core/binding/heap.h"

#include "core/binding/runtime_fixture.h"

namespace tideway::binding {
namespace {

using testing::HasSubstr;

class HeapTest : public RuntimeTest {
 protected:
  HeapTest() { run_options_.memory_bytes = int64_t{64} << 20; }
};

TEST_F(HeapTest, TableBeyondTheLimitIsAnErrorOfMemory) {
  for (const char* script : {"local t = {} for i = 1, 1e9 do t[i] = i end",
                             "local t = {} for i = 1, 1e9 do t = { t } end",
                             "local t = {} for i = 1, 1e9 do t[i] = i .. ' text' end",
                             "local s = 'x' while true do s = s .. s end",
                             "local function f(n) local t = { n } return f({ n, t }) end f(1)",
                             "return (('x'):rep(2 ^ 30))"}) {
    const Status status = Run(script);
    EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << script << ": " << status.ToString();
    EXPECT_EQ(status.message(),
              "script: not enough memory: its tables and texts may take 32.0 MiB, half of what "
              "--memory gives");
    EXPECT_THAT(GetErrorDetail(status)->hint, HasSubstr("--memory"));
    EXPECT_LE(runtime_->heap().used_bytes(), int64_t{33} << 20);
    EXPECT_EQ(Eval("return 1 + 1"), "2") << script;
  }
}

TEST_F(HeapTest, FullHeapBesideAWaitIsAnErrorOfMemory) {
  for (const char* wait : {"tw.sleep(0)", "pcall(tw.sleep, 0)"}) {
    const Status status =
        Run("local tw = require 'tideway' local t = {} "
            "while true do t[#t + 1] = { 1, 2, 3 } " +
            std::string(wait) + " end");
    EXPECT_EQ(KindOf(status), ErrorKind::kMemory) << wait << ": " << status.ToString();
    EXPECT_EQ(Eval("return 1 + 1"), "2");
  }
}

TEST_F(HeapTest, ErrorOfMemoryCanBeCaughtAndTheMemoryUsedAgain) {
  EXPECT_EQ(
      Eval("local kinds = '' for _ = 1, 5 do\n"
           "  local ok, e = pcall(function() local t = {} for i = 1, 1e9 do t[i] = { i } end end)\n"
           "  kinds = kinds .. tostring(e.kind) .. ' '\n"
           "end return kinds"),
      "memory memory memory memory memory ");
}

TEST_F(HeapTest, GarbageIsCollectedBeforeItFillsTheHeap) {
  // 20 MiB that are kept, and 100 MiB that are not.
  EXPECT_EQ(Eval("local kept = {} for i = 1, 20 do kept[i] = ('x'):rep(2 ^ 20 - i) end\n"
                 "local n = 0 for i = 1, 1e6 do local t = { i, i } n = n + #t end return n"),
            "2000000");
  EXPECT_EQ(Eval("local kept = {} for i = 1, 20 do kept[i] = ('x'):rep(2 ^ 20 - i) end\n"
                 "local n = 0 for i = 1, 500 do n = n + #(('y'):rep(2e5 + i)) end return n"),
            "100125250");
}

TEST_F(HeapTest, CountsWhatTheStateHolds) {
  const int64_t before = runtime_->heap().used_bytes();
  ASSERT_TRUE(Run("rawset(_G, 'kept', ('x'):rep(2 ^ 20))").ok());
  EXPECT_GE(runtime_->heap().used_bytes(), before + (1 << 20));
  ASSERT_TRUE(Run("rawset(_G, 'kept', nil) collectgarbage() collectgarbage()").ok());
  EXPECT_LT(runtime_->heap().used_bytes(), before + (1 << 20));
}

}  // namespace
}  // namespace tideway::binding
