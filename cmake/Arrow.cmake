# Arrow C++: a system Arrow of the pinned major version where there is one, else the libraries that
# tools/arrow.sh takes from the pyarrow wheel into .deps/arrow and makes private.
#
# Defines Arrow::arrow, Arrow::compute and Arrow::parquet, and ARROW_PRIVATE_LIBRARIES: the files an
# installed program must carry (empty for a system Arrow).
set(TIDEWAY_ARROW_MAJOR 26)
set(ARROW_PRIVATE_LIBRARIES "")

find_package(Arrow ${TIDEWAY_ARROW_MAJOR} CONFIG QUIET)
find_package(ArrowCompute ${TIDEWAY_ARROW_MAJOR} CONFIG QUIET)
find_package(Parquet ${TIDEWAY_ARROW_MAJOR} CONFIG QUIET)
if(Arrow_FOUND AND ArrowCompute_FOUND AND Parquet_FOUND)
  add_library(Arrow::arrow ALIAS Arrow::arrow_shared)
  add_library(Arrow::compute ALIAS ArrowCompute::arrow_compute_shared)
  add_library(Arrow::parquet ALIAS Parquet::parquet_shared)
  return()
endif()

set(_arrow_root ${PROJECT_SOURCE_DIR}/.deps/arrow)
if(NOT EXISTS ${_arrow_root}/include/arrow/api.h)
  message(FATAL_ERROR "Arrow ${TIDEWAY_ARROW_MAJOR} not found: no system package, and "
                      "${_arrow_root} is missing. Run ./dev build, or tools/arrow.sh once.")
endif()
file(STRINGS ${_arrow_root}/include/arrow/util/config.h _line REGEX "define ARROW_SO_VERSION")
string(REGEX MATCH "[0-9]+" _so_version "${_line}")
foreach(_pair arrow=libarrow compute=libarrow_compute parquet=libparquet)
  string(REPLACE "=" ";" _pair ${_pair})
  list(GET _pair 0 _target)
  list(GET _pair 1 _file)
  set(_path ${_arrow_root}/lib/${_file}.so.${_so_version})
  add_library(Arrow::${_target} SHARED IMPORTED)
  set_target_properties(Arrow::${_target} PROPERTIES
    IMPORTED_LOCATION ${_path}
    IMPORTED_SONAME ${_file}.so.${_so_version})
  target_include_directories(Arrow::${_target} SYSTEM INTERFACE ${_arrow_root}/include)
  list(APPEND ARROW_PRIVATE_LIBRARIES ${_path})
endforeach()
target_link_libraries(Arrow::compute INTERFACE Arrow::arrow)
target_link_libraries(Arrow::parquet INTERFACE Arrow::arrow)
