#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/app/store/action.h"
#include "core/base/memory.h"

namespace tideway::app {
namespace {

using Json = nlohmann::ordered_json;

class ListAction : public StoreAction {
 public:
  const char* name() const override { return "ls"; }
  const char* summary() const override { return "list objects, and prefixes up to the next /"; }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "a bucket, or how keys begin: s3://bucket/data/");
    command.add_flag("-r,--recursive", recursive_, "list all keys that begin so");
  }
  // As text, pages are printed as they come: a bucket may have more keys than memory holds.
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place, call.Open(address_));
    store::ListRequest request{.prefix = place.key, .delimiter = recursive_ ? "" : "/"};
    ActionAnswer answer{{{"objects", Json::array()}, {"prefixes", Json::array()}}, ""};
    do {
      ARROW_ASSIGN_OR_RAISE(const store::Page page, place.store->List(request, call.cancel));
      if (call.globals.json) {
        for (const auto& object : page.objects) {
          answer.json["objects"].push_back(ObjectJson(object));
        }
        for (const auto& prefix : page.prefixes) answer.json["prefixes"].push_back(prefix);
      } else {
        RETURN_NOT_OK(PrintResult(TextOf(page)));
      }
      request.next = page.next;
    } while (!request.next.empty());
    return answer;
  }

 private:
  static std::string TextOf(const store::Page& page) {
    std::string text;
    for (const auto& prefix : page.prefixes)
      text += fmt::format("{:>12}  {:20}  {}\n", "", "", prefix);
    for (const auto& object : page.objects) {
      text +=
          fmt::format("{:>12}  {:20}  {}\n", FormatBytes(object.size), object.modified, object.key);
    }
    return text;
  }

  std::string address_;
  bool recursive_ = false;
};

class StatAction : public StoreAction {
 public:
  const char* name() const override { return "stat"; }
  const char* summary() const override { return "tell what a store knows of an object"; }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "an object: s3://bucket/data/a.parquet");
  }
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place, call.OpenObject(address_));
    ARROW_ASSIGN_OR_RAISE(const store::Object object, place.store->Head(place.key, call.cancel));
    const Json json = ObjectJson(object);
    std::string text;
    for (const auto& [name, value] : json.items()) {
      if (value.is_null()) continue;
      const std::string shown =
          name == "bytes" ? WithCommas(object.size) : value.get<std::string>();
      text += fmt::format("{:<13}  {}\n", name, shown);
    }
    return ActionAnswer{json, text};
  }

 private:
  std::string address_;
};

}  // namespace

std::unique_ptr<StoreAction> MakeListObjectsAction() { return std::make_unique<ListAction>(); }
std::unique_ptr<StoreAction> MakeStatObjectAction() { return std::make_unique<StatAction>(); }

}  // namespace tideway::app
