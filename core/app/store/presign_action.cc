#include <CLI/CLI.hpp>

#include "core/app/store/action.h"

namespace tideway::app {
namespace {

class PresignAction : public StoreAction {
 public:
  const char* name() const override { return "presign"; }
  const char* summary() const override {
    return "print a URL by which anyone may fetch or put an object for a time: a secret";
  }
  void Declare(CLI::App& command) override {
    DeclareAddress(command, address_, "an object");
    command.add_option("--method", presign_.method, "GET (the default) or PUT")
        ->type_name("METHOD");
    command.add_option("--expires", presign_.expires_s, "in seconds (default 3600, most 604800)")
        ->type_name("SECONDS");
  }
  Result<ActionAnswer> Run(StoreCall& call) override {
    ARROW_ASSIGN_OR_RAISE(const store::Place place, call.OpenObject(address_));
    ARROW_ASSIGN_OR_RAISE(const std::string url,
                          place.store->Presign(place.key, presign_, call.cancel));
    return ActionAnswer{
        {{"url", url}, {"method", presign_.method}, {"expires_s", presign_.expires_s}}, url + "\n"};
  }

 private:
  std::string address_;
  store::PresignOptions presign_;
};

}  // namespace

std::unique_ptr<StoreAction> MakePresignAction() { return std::make_unique<PresignAction>(); }

}  // namespace tideway::app
