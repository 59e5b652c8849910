#include "core/store/listing_ahead.h"

#include <utility>

namespace tideway::store {

ListingAhead::ListingAhead(Store& store, const std::string& prefix, int page_objects,
                           const CancelToken& cancel)
    : store_(store), prefix_(prefix), page_objects_(page_objects), cancel_(cancel) {
  Ask("");
}

void ListingAhead::Ask(std::string next) {
  ahead_ = std::async(std::launch::async, [this, next = std::move(next)] {
    return store_.List({.prefix = prefix_, .next = next, .most = page_objects_}, cancel_);
  });
}

Result<std::optional<Object>> ListingAhead::Next() {
  while (at_ == page_.objects.size()) {
    if (!ahead_.valid()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(page_, ahead_.get());
    at_ = 0;
    if (!page_.next.empty()) Ask(page_.next);
  }
  return std::move(page_.objects[at_++]);
}

}  // namespace tideway::store
