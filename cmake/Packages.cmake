# The components of Install.cmake as Debian packages: libcxjourney1, libcxjourney-dev and cxj.
# scripts/package makes and checks them; `cpack` alone makes them, too.
set(CXJ_PACKAGE_CONTACT "cxjourney packagers <packagers@localhost>" CACHE STRING
    "Maintainer named in the packages; set it to who answers for them")
if(NOT TARGET cxjourney_c OR NOT TARGET cxj)
  return()
endif()
get_target_property(CXJ_ABI_MAJOR cxjourney_c SOVERSION)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cxjourney)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${CXJ_PACKAGE_CONTACT}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime dev cxj)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/StripStatic.cmake)
set(CPACK_THREADS 0)  # As many as there are cores, to compress.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# cxj_package(COMPONENT NAME SECTION SUMMARY DETAIL): what every package has.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # Each has its own.
set(CXJ_PACKAGE_DESCRIPTION
"Touchpoints of any channel go in, and are durable when they are acknowledged.
Their identifiers are stitched into customers. Back come histories, contacts,
episodes and repeat contacts. Like SQLite it is a library, not a server.")
macro(cxj_package component name section summary detail)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${CXJ_PACKAGE_DESCRIPTION}\n\n${detail}")
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/debian/copyright
                ${PROJECT_BINARY_DIR}/debian/changelog.gz
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component})
endmacro()

# Reproducible: SOURCE_DATE_EPOCH decides the date, gzip writes none of its own.
string(TIMESTAMP CXJ_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(packaging/debian/changelog.in ${PROJECT_BINARY_DIR}/debian/changelog @ONLY)
configure_file(packaging/debian/shlibs.in ${PROJECT_BINARY_DIR}/debian/shlibs @ONLY)
configure_file(packaging/debian/triggers ${PROJECT_BINARY_DIR}/debian/triggers COPYONLY)
execute_process(COMMAND gzip -9nkf ${PROJECT_BINARY_DIR}/debian/changelog
                COMMAND_ERROR_IS_FATAL ANY)

cxj_package(runtime libcxjourney${CXJ_ABI_MAJOR} libs "embeddable store of customer journeys"
            "This package holds the shared library of the C ABI.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
    "${PROJECT_BINARY_DIR}/debian/shlibs;${PROJECT_BINARY_DIR}/debian/triggers")

# The static library brings nothing with it: who links it links these, which its CMake package and
# its pkg-config file name.
cxj_package(dev libcxjourney-dev libdevel "embeddable store of customer journeys (development)"
            "This package holds the headers, the static library of the C++ API, and the
files for CMake and pkg-config.")
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libcxjourney${CXJ_ABI_MAJOR} (= ${CPACK_PACKAGE_VERSION})"
  libabsl-dev libfmt-dev libicu-dev libphonenumber-dev libprotobuf-dev libsodium-dev libxxhash-dev
  libzstd-dev "pkgconf | pkg-config")

cxj_package(cxj cxj utils "customer journeys on the command line"
            "This package holds the program cxj, which imports touchpoints and answers
questions about them.")
set(CPACK_DEBIAN_CXJ_PACKAGE_SHLIBDEPS ON)

include(CPack)
