# What `cmake --install` lays down, in three components, which are the Debian packages, too:
#   runtime  libcxjourney.so.1: the C ABI
#   dev      headers, the static library (C++ API), the link for -lcxjourney, CMake and pkg-config
#   cxj      the program
set(CXJ_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cxjourney)

install(TARGETS cxjourney EXPORT cxjourneyTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(EXPORT cxjourneyTargets NAMESPACE cxjourney:: DESTINATION ${CXJ_CMAKE_DIR} COMPONENT dev)
if(TARGET cxjourney_c)
  install(TARGETS cxjourney_c EXPORT cxjourneyCTargets
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
  install(EXPORT cxjourneyCTargets NAMESPACE cxjourney:: DESTINATION ${CXJ_CMAKE_DIR}
          COMPONENT dev)
endif()
if(TARGET cxj)
  install(TARGETS cxj RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT cxj)
  # Through gzip, as Debian has them; man reads both.
  set(CXJ_MAN ${PROJECT_BINARY_DIR}/cxj.1.gz)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
               ${PROJECT_SOURCE_DIR}/tools/cxj/cxj.1)
  execute_process(COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/tools/cxj/cxj.1 OUTPUT_FILE ${CXJ_MAN}
                  COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${CXJ_MAN} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT cxj)
  install(FILES ${PROJECT_SOURCE_DIR}/tools/cxj/cxj.bash RENAME cxj COMPONENT cxj
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cxjourneyConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cxjourneyConfig.cmake INSTALL_DESTINATION ${CXJ_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cxjourneyConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cxjourneyConfig.cmake
        ${PROJECT_BINARY_DIR}/cxjourneyConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/FindPhonenumber.cmake
        DESTINATION ${CXJ_CMAKE_DIR} COMPONENT dev)

# The prefix relative to the .pc files, so that an installed tree can be moved.
file(RELATIVE_PATH CXJ_PC_PREFIX
     /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
foreach(pc cxjourney cxjourney-c)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${pc}.pc.in ${PROJECT_BINARY_DIR}/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endforeach()
