# SPDX-License-Identifier: Apache-2.0
# Defines SystemC::systemc. Looks for Accellera's CMake package first, then for header and library (Debian).
# Debian's library was built as C++17; code in C++20 must say so through SC_CPLUSPLUS or it does not link.
find_package(SystemCLanguage CONFIG QUIET)
if(SystemCLanguage_FOUND)
  set(SystemC_FOUND TRUE)
  set(SystemC_VERSION ${SystemCLanguage_VERSION})
else()
  find_path(SystemC_INCLUDE_DIR NAMES systemc)
  find_library(SystemC_LIBRARY NAMES systemc)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(SystemC
    REASON_FAILURE_MESSAGE "SystemC was not found: install Debian's libsystemc-dev, or set CMAKE_PREFIX_PATH to where it is."
    REQUIRED_VARS SystemC_LIBRARY SystemC_INCLUDE_DIR)
  if(SystemC_FOUND AND NOT TARGET SystemC::systemc)
    add_library(SystemC::systemc UNKNOWN IMPORTED)
    set_target_properties(SystemC::systemc PROPERTIES
      IMPORTED_LOCATION "${SystemC_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${SystemC_INCLUDE_DIR}"
      INTERFACE_COMPILE_DEFINITIONS "SC_CPLUSPLUS=201703L;SC_INCLUDE_DYNAMIC_PROCESSES")
    file(STRINGS "${SystemC_INCLUDE_DIR}/sysc/kernel/sc_ver.h" version REGEX "define SC_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]*([0-9]+)[^0-9]*([0-9]+).*" "\\1.\\2.\\3" SystemC_VERSION "${version}")
    include(CheckCXXSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES SystemC::systemc)
    set(CMAKE_REQUIRED_FLAGS "-std=c++20")
    check_cxx_source_compiles("#include <systemc>\nint sc_main(int, char**) { return 0; }" SystemC_LINKS_AS_CXX20)
    unset(CMAKE_REQUIRED_LIBRARIES)
    unset(CMAKE_REQUIRED_FLAGS)
    if(NOT SystemC_LINKS_AS_CXX20)
      message(FATAL_ERROR "SystemC at ${SystemC_LIBRARY} does not link with -DSC_CPLUSPLUS=201703L: it was built for "
        "another C++ standard. Set SC_CPLUSPLUS in cmake/FindSystemC.cmake to the value it was built with.")
    endif()
  endif()
endif()
# Part of what a plug-in was built with (sim/plugin_abi.h).
if(TARGET SystemC::systemc)
  set_property(TARGET SystemC::systemc APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS "AHBM_SYSTEMC_VERSION=\"${SystemC_VERSION}\"")
endif()
