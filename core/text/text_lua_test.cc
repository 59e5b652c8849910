#include <gtest/gtest.h>

#include "core/binding/runtime_fixture.h"

namespace tideway::text {

int OpenText(lua_State* L);

namespace {

class TextLua : public binding::RuntimeTest {
 protected:
  TextLua() { modules_ = {{"text", OpenText}}; }

  // The text or the error that `expression` gives.
  std::string Value(const std::string& expression) {
    return Eval("local tw = require 'tideway'\nreturn " + expression);
  }
};

TEST_F(TextLua, CleansAStringWithAllStepsByDefault) {
  EXPECT_EQ(Value("tw.text.clean()('See <b>http://x.np</b>\\n this')"), "See this");
  EXPECT_EQ(Value("tw.text.clean {}(' a <i>\\t b ')"), "a b");
  EXPECT_EQ(Value("tw.text.clean {}('')"), "");
}

TEST_F(TextLua, KeepsNull) { EXPECT_EQ(Value("tw.text.clean {}(tw.null) == tw.null"), "true"); }

TEST_F(TextLua, SwitchesEachStepOff) {
  const std::string text = "(' http://x <b>\\n')";
  EXPECT_EQ(Value("tw.text.clean { urls = false }" + text), "http://x");
  EXPECT_EQ(Value("tw.text.clean { html = false }" + text), "<b>");
  EXPECT_EQ(Value("tw.text.clean { whitespace = false }" + text), "   ");
  EXPECT_EQ(Value("tw.text.clean { whitespace = false, newlines = false }" + text), "  \n");
}

TEST_F(TextLua, KernelsNameTheirOptions) {
  EXPECT_EQ(Value("tw.text.clean { urls = false }"),
            R"(tideway.Kernel: text.clean {"urls":false,"html":true,"newlines":true,)"
            R"("whitespace":true})");
}

TEST_F(TextLua, RefusesWrongOptionsByName) {
  EXPECT_EQ(Value("tw.text.clean { url = true }"),
            "text.clean: unknown option `url`; did you mean `urls`?");
  EXPECT_EQ(Value("tw.text.clean { html = 1 }"),
            "text.clean: option `html` must be true or false, not number");
  EXPECT_EQ(Value("tw.text.clean('urls')"), "text.clean: options must be a table, not string");
}

TEST_F(TextLua, RefusesToCleanWhatIsNoString) {
  EXPECT_EQ(Value("tw.text.clean {}({})"), "text.clean: takes a string or tw.null, not table");
  EXPECT_EQ(Value("tw.text.clean {}(tw.text.clean {})"),
            "text.clean: takes a string or tw.null, not tideway.Kernel");
  EXPECT_EQ(Value("tw.text.clean {}()"), "text.clean: takes a string or tw.null, not nil");
}

}  // namespace
}  // namespace tideway::text
