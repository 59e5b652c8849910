# tideway_module(<noun> [ALONE] [DEPS <module or library> ...] [LUA_DEPS <module or library> ...])
#
# One folder of core/ is one noun and one pair of targets:
#   tideway_<noun>       every .cc of the folder that is neither *_lua.cc nor *_test.cc; it has no path to
#                        a Lua header, so a slip does not compile
#   tideway_<noun>_lua   the *_lua.cc files, where there are any
# and, with TIDEWAY_TESTS, <noun>_test from the *_test.cc files. A main.cc is left to the folder's own
# CMakeLists.txt.
#
# With TIDEWAY_JOIN_FILES the files of each target are compiled eight at a time: of what is not built yet, that is at
# least a third less work. ALONE says that those that are no tests are not, as they have local names in common. The sanitizers' presets
# compile each file by itself, so that it has to include what it uses.
function(tideway_module noun)
  cmake_parse_arguments(ARG "LUA;ALONE" "" "DEPS;LUA_DEPS" ${ARGN})
  file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(_lua_sources ${_sources})
  set(_test_sources ${_sources})
  list(FILTER _lua_sources INCLUDE REGEX "_lua\\.cc$")
  list(FILTER _test_sources INCLUDE REGEX "_test\\.cc$")
  list(FILTER _sources EXCLUDE REGEX "(_lua|_test|/main)\\.cc$")

  if(_sources)
    add_library(tideway_${noun} STATIC ${_sources})
    target_include_directories(tideway_${noun} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(tideway_${noun} PUBLIC ${ARG_DEPS})
    if(ARG_LUA)
      target_link_libraries(tideway_${noun} PUBLIC PkgConfig::luajit)
    endif()
  endif()
  if(_lua_sources)
    add_library(tideway_${noun}_lua STATIC ${_lua_sources})
    target_link_libraries(tideway_${noun}_lua PUBLIC tideway_${noun} tideway_binding ${ARG_LUA_DEPS})
    if(NOT noun STREQUAL "binding")
      target_link_libraries(tideway_${noun}_lua PUBLIC tideway_binding_lua)
    endif()
    set_property(GLOBAL APPEND PROPERTY TIDEWAY_LUA_MODULES tideway_${noun}_lua)
  endif()
  if(TIDEWAY_JOIN_FILES AND NOT ARG_ALONE)
    foreach(_target tideway_${noun} tideway_${noun}_lua)
      if(TARGET ${_target})
        _tideway_join_files(${_target})
      endif()
    endforeach()
  endif()
  if(_test_sources AND TIDEWAY_TESTS)
    add_executable(${noun}_test ${_test_sources})
    target_link_libraries(${noun}_test PRIVATE tideway_${noun} GTest::gmock GTest::gtest_main)
    if(_lua_sources)
      target_link_libraries(${noun}_test PRIVATE tideway_${noun}_lua)
    endif()
    if(TIDEWAY_JOIN_FILES)
      _tideway_join_files(${noun}_test)
    endif()
    add_test(NAME ${noun} COMMAND ${noun}_test)
  endif()
endfunction()

function(_tideway_join_files target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # A class that holds one of its file's local types: no other file can see it. And what GCC 12 wrongly takes for not
  # initialised in the functions that it inlines.
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage -Wno-maybe-uninitialized)
endfunction()
