#include "core/app/modules_lua.h"

namespace tideway::dataset {
int OpenCol(lua_State* L);
int OpenDataset(lua_State* L);
int OpenGather(lua_State* L);
}  // namespace tideway::dataset
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
namespace tideway::queue {
int OpenQueue(lua_State* L);
}
namespace tideway::sql {
int OpenSql(lua_State* L);
}
namespace tideway::store {
int OpenStore(lua_State* L);
}
namespace tideway::swh {
int OpenSwh(lua_State* L);
}
namespace tideway::text {
int OpenText(lua_State* L);
}

namespace tideway::app {

std::vector<binding::Module> Modules() {
  return {
      {"col", dataset::OpenCol},
      {"dataset", dataset::OpenDataset},
      {"gather", dataset::OpenGather},
      {"http", net::OpenHttp},
      {"hub", hub::OpenHub},
      {"hub_space", hub::OpenHubSpace},
      {"hub_webhook", hub::OpenHubWebhook},
      {"limiter", limiter::OpenLimiter},
      {"mirror", mirror::OpenMirror},
      {"pii", pii::OpenPii},
      {"queue", queue::OpenQueue},
      {"sql", sql::OpenSql},
      {"store", store::OpenStore},
      {"swh", swh::OpenSwh},
      {"text", text::OpenText},
  };
}

}  // namespace tideway::app
