#include "core/app/modules_lua.h"

namespace tideway::dataset {
int OpenCol(lua_State* L);
int OpenDataset(lua_State* L);
int OpenGather(lua_State* L);
}  // namespace tideway::dataset
namespace tideway::dedup {
int OpenDedup(lua_State* L);
}
namespace tideway::hub {
int OpenHub(lua_State* L);
int OpenHubSpace(lua_State* L);
int OpenHubWebhook(lua_State* L);
}  // namespace tideway::hub
namespace tideway::limiter {
int OpenLimiter(lua_State* L);
}
namespace tideway::mirror {
int OpenMirror(lua_State* L);
}
namespace tideway::net {
int OpenHttp(lua_State* L);
}
namespace tideway::pii {
int OpenPii(lua_State* L);
}
namespace tideway::quality {
int OpenQuality(lua_State* L);
}
namespace tideway::queue {
int OpenQueue(lua_State* L);
}
namespace tideway::sql {
int OpenSql(lua_State* L);
}
namespace tideway::stats {
int OpenStats(lua_State* L);
}
namespace tideway::store {
int OpenStore(lua_State* L);
}
namespace tideway::swh {
int OpenSwh(lua_State* L);
}
namespace tideway::text {
int OpenCode(lua_State* L);
int OpenText(lua_State* L);
}  // namespace tideway::text
namespace tideway::tokens {
int OpenTokens(lua_State* L);
}
namespace tideway::validate {
int OpenValidate(lua_State* L);
}

namespace tideway::app {

std::vector<binding::Module> Modules() {
  return {
      {"code", text::OpenCode},
      {"col", dataset::OpenCol},
      {"dataset", dataset::OpenDataset},
      {"dedup", dedup::OpenDedup},
      {"gather", dataset::OpenGather},
      {"http", net::OpenHttp},
      {"hub", hub::OpenHub},
      {"hub_space", hub::OpenHubSpace},
      {"hub_webhook", hub::OpenHubWebhook},
      {"limiter", limiter::OpenLimiter},
      {"mirror", mirror::OpenMirror},
      {"pii", pii::OpenPii},
      {"quality", quality::OpenQuality},
      {"queue", queue::OpenQueue},
      {"sql", sql::OpenSql},
      {"stats", stats::OpenStats},
      {"store", store::OpenStore},
      {"swh", swh::OpenSwh},
      {"text", text::OpenText},
      {"tokens", tokens::OpenTokens},
      {"validate", validate::OpenValidate},
  };
}

}  // namespace tideway::app
