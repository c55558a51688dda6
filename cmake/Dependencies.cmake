# Every library that the engine stands on; docs/ARCHITECTURE.md says why each. Those of the
# programs, tests and benchmarks are found where they are used.
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstandard REQUIRED IMPORTED_TARGET libzstd)
find_package(Phonenumber REQUIRED)
find_package(Protobuf REQUIRED)
if(CXJ_BUILD_TOOLS)  # Exchange formats and programs.
  find_package(ZLIB REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
