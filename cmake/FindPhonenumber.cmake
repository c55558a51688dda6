# Defines Phonenumber::phonenumber: Google's libphonenumber, which ships neither a CMake package
# nor a pkg-config file on Debian. Its headers include protobuf's.
include(FindPackageHandleStandardArgs)
find_package(Protobuf QUIET)
find_library(Phonenumber_LIBRARY phonenumber)
find_path(Phonenumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
mark_as_advanced(Phonenumber_LIBRARY Phonenumber_INCLUDE_DIR)
find_package_handle_standard_args(Phonenumber REQUIRED_VARS Phonenumber_LIBRARY
                                  Phonenumber_INCLUDE_DIR Protobuf_FOUND)
if(Phonenumber_FOUND AND NOT TARGET Phonenumber::phonenumber)
  add_library(Phonenumber::phonenumber UNKNOWN IMPORTED)
  set_target_properties(Phonenumber::phonenumber PROPERTIES
    IMPORTED_LOCATION ${Phonenumber_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Phonenumber_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
endif()
