#include "core/hub/remote/webhook.h"

#include "core/hub/remote/remote_testing_internal.h"

namespace tideway::hub::testing {
namespace {

using net::testing::Say;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class WebhookTest : public RemoteTest {
 protected:
  static WebhookRequest Request() {
    return {.url = "https://localhost/hook", .watched = {{"dataset", "ns/reviews"}}};
  }
};

TEST_F(WebhookTest, ARequestHasJustWhatWasGiven) {
  server_.Then(Say(200, R"({"webhook":{"id":"1","url":"https://localhost/hook"}})"));
  server_.Then(Say(200, R"({"webhook":{"id":"2"}})"));
  Api api = MakeApi();
  EXPECT_EQ(Must(CreateWebhook(api, Request(), cancel_)).url, "https://localhost/hook");
  EXPECT_THAT(
      server_.requests()[0],
      HasSubstr(
          R"({"url":"https://localhost/hook","watched":[{"type":"dataset","name":"ns/reviews"}]})"));
  WebhookRequest all = Request();
  all.domains = {"repo"};
  all.secret = "hunter2-hook";
  ASSERT_STATUS(CreateWebhook(api, all, cancel_).status());
  EXPECT_THAT(server_.requests()[1], HasSubstr(R"("domains":["repo"],"secret":"hunter2-hook"})"));
}

TEST_F(WebhookTest, OneIsNotMadeAgainWhenItsAnswerIsLost) {
  server_.Then({.bytes = "", .then = net::testing::Answer::Then::kReset});
  Api api = MakeApi();
  EXPECT_FAILS(CreateWebhook(api, Request(), cancel_), ErrorKind::kNetwork, "");
  EXPECT_THAT(Calls(), SizeIs(1));
}

TEST_F(WebhookTest, TheListHoldsWhatIsThereAndNoSecret) {
  server_.Then(Say(200, R"([{"id":"1","url":"u","secret":"s","domains":["repo",7],"disabled":false,
      "watched":[{"type":"user","name":"ns"},5]},{"id":"2","disabled":"suspended"},{}, 7])"));
  Api api = MakeApi();
  const auto hooks = Must(ListWebhooks(api, cancel_));
  ASSERT_THAT(hooks, SizeIs(4));
  EXPECT_EQ(hooks[0].watched[0].name, "ns");
  EXPECT_THAT(hooks[0].domains, ElementsAre("repo"));
  EXPECT_FALSE(hooks[0].disabled);
  EXPECT_TRUE(hooks[1].disabled);
  for (const char* odd : {"{}", "", "null"}) {
    server_.Then(Say(200, odd));
    EXPECT_FAILS(ListWebhooks(api, cancel_), ErrorKind::kData, "cannot list webhooks");
  }
}

TEST_F(WebhookTest, OneIsSwitchedAndDeletedByItsId) {
  for (int i = 0; i < 3; ++i) server_.Then(Say(200, R"({"webhook":{"id":"a b"}})"));
  Api api = MakeApi();
  ASSERT_STATUS(SwitchWebhook(api, "a b", true, cancel_).status());
  ASSERT_STATUS(SwitchWebhook(api, "a b", false, cancel_).status());
  ASSERT_STATUS(DeleteWebhook(api, "a b", cancel_));
  EXPECT_THAT(Calls(), ElementsAre("POST /api/settings/webhooks/a%20b/enable",
                                   "POST /api/settings/webhooks/a%20b/disable",
                                   "DELETE /api/settings/webhooks/a%20b"));
  EXPECT_FAILS(DeleteWebhook(api, "", cancel_), ErrorKind::kUsage, "by its id");
}

TEST_F(WebhookTest, WhatTheHubRefusesIsToldWithTheRemedy) {
  Api api = MakeApi();
  server_.Then(Say(404, R"({"error":"Webhook not found"})"));
  const Status missing = DeleteWebhook(api, "7", cancel_);
  EXPECT_FAILS(missing, ErrorKind::kNotFound, "cannot delete webhook 7");
  EXPECT_THAT(GetErrorDetail(missing)->hint, HasSubstr("tw.hub.webhooks()"));
  server_.Then(Say(403, R"({"error":"no"})"));
  EXPECT_THAT(GetErrorDetail(ListWebhooks(api, cancel_).status())->hint,
              HasSubstr("the token of HF_TOKEN may not list webhooks"));
  server_.Then(Say(401, R"({"error":"Invalid username or password."})"));
  EXPECT_FAILS(ListWebhooks(api, cancel_), ErrorKind::kAuth, "HF_TOKEN is wrong");
  server_.Then(Say(400, R"({"error":"bad secret hunter4-hook"})"));
  WebhookRequest secret = Request();
  secret.secret = "hunter4-hook";
  EXPECT_THAT(CreateWebhook(api, secret, cancel_).status().ToString(),
              AllOf(HasSubstr("bad secret"), Not(HasSubstr("hunter4"))));
  Api nobody({.endpoint = server_.url("")}, client_);
  EXPECT_FAILS(ListWebhooks(nobody, cancel_), ErrorKind::kAuth, "there is no token");
}

TEST_F(WebhookTest, WhatMakesNoSenseIsRefusedBeforeAnyCall) {
  Api api = MakeApi();
  const auto refused = [&](WebhookRequest request, const char* words) {
    EXPECT_FAILS(CreateWebhook(api, request, cancel_), ErrorKind::kUsage, words);
  };
  const auto with = [](auto change) {
    WebhookRequest request = Request();
    change(request);
    return request;
  };
  for (const char* url : {"", "localhost/hook", "ftp://host/x"}) {
    refused(with([&](auto& r) { r.url = url; }), "is no URL");
  }
  refused(with([](auto& r) { r.watched.clear(); }), "has to watch something");
  refused(with([](auto& r) { r.watched = {{"datset", "ns/a"}}; }), "did you mean `dataset`");
  refused(with([](auto& r) { r.watched = {{"dataset", "ns"}}; }), "not the name of a dataset");
  refused(with([](auto& r) { r.watched = {{"user", "ns/a"}}; }), "not the name of a user");
  refused(with([](auto& r) { r.watched = {{"org", ""}}; }), "not a repository");
  refused(with([](auto& r) { r.domains = {"repos"}; }), "did you mean `repo`");
  refused(with([](auto& r) { r.secret = "a\nb"; }), "not printable ASCII");
  refused(with([](auto& r) { r.secret = "ü"; }), "not printable ASCII");
  EXPECT_THAT(Calls(), IsEmpty());
}

}  // namespace
}  // namespace tideway::hub::testing
