// A Ledger in a PostgreSQL database.
#pragma once

#include "core/sql/ledger.h"

namespace tideway::sql::postgres {

Result<std::unique_ptr<Ledger>> OpenLedger(std::string_view uri, const LedgerOptions& options,
                                           const CancelToken& cancel);

}  // namespace tideway::sql::postgres
