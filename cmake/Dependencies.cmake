# Every library the program links, as imported targets; modules name the ones they use.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
include(Arrow)

find_package(TBB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
foreach(_lib luajit libpq libpqxx libuv libxxhash libcurl simdjson re2 yaml-0.1 expat icu-uc)
  pkg_check_modules(${_lib} REQUIRED IMPORTED_TARGET ${_lib})
endforeach()
# The compiled library: header-only spdlog costs four seconds a file.
pkg_check_modules(spdlog REQUIRED IMPORTED_TARGET spdlog)

if(TIDEWAY_MIMALLOC)
  find_package(mimalloc REQUIRED)
endif()
if(TIDEWAY_TESTS)
  find_package(GTest REQUIRED)
endif()
