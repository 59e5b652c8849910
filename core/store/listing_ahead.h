// The objects of a listing one by one, with the next page on its way. Threads: one at a time.
#pragma once

#include <future>
#include <optional>
#include <string>

#include "core/store/store.h"

namespace tideway::store {

class ListingAhead {
 public:
  // `store` and `cancel` outlive it.
  ListingAhead(Store& store, const std::string& prefix, int page_objects,
               const CancelToken& cancel);
  // Nothing: that was all.
  Result<std::optional<Object>> Next();

 private:
  void Ask(std::string next);

  Store& store_;
  const std::string prefix_;
  const int page_objects_;
  const CancelToken& cancel_;
  Page page_;
  size_t at_ = 0;                    // of page_
  std::future<Result<Page>> ahead_;  // none: page_ is the last
};

}  // namespace tideway::store
