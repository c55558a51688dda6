# What `cmake --install` lays down: the static library with its headers, a CMake package, a
# pkg-config file, and the program.
set(CXJ_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cxjourney)

install(TARGETS cxjourney EXPORT cxjourneyTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cxjourneyTargets NAMESPACE cxjourney:: DESTINATION ${CXJ_CMAKE_DIR})
if(TARGET cxj)
  install(TARGETS cxj RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cxjourneyConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cxjourneyConfig.cmake INSTALL_DESTINATION ${CXJ_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cxjourneyConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cxjourneyConfig.cmake
        ${PROJECT_BINARY_DIR}/cxjourneyConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/FindPhonenumber.cmake
        DESTINATION ${CXJ_CMAKE_DIR})

# The prefix relative to the .pc file, so that an installed tree can be moved.
file(RELATIVE_PATH CXJ_PC_PREFIX
     /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/cxjourney.pc.in ${PROJECT_BINARY_DIR}/cxjourney.pc
               @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cxjourney.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
