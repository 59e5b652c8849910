# Installation and the Debian package: bin/tideway, its Lua files in share/tideway/lua, and where
# Arrow is not the system's, its libraries in lib/tideway. The program finds both beside itself, so
# the tree runs from any folder.
include(GNUInstallDirs)

set_target_properties(tideway PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/tideway")
install(TARGETS tideway RUNTIME DESTINATION bin)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lua/ DESTINATION share/tideway/lua
        FILES_MATCHING PATTERN "*.lua")
install(FILES ${ARROW_PRIVATE_LIBRARIES} DESTINATION lib/tideway)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/tideway RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tideway)
set(CPACK_PACKAGE_CONTACT "The Tideway authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_SOURCE_DIR}/dist)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# dpkg-shlibdeps looks for our private libraries here and takes them for nobody's package.
if(ARROW_PRIVATE_LIBRARIES)
  list(GET ARROW_PRIVATE_LIBRARIES 0 _first)
  get_filename_component(_folder ${_first} DIRECTORY)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${_folder})
endif()
include(CPack)
