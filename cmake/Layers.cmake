# SPDX-License-Identifier: Apache-2.0
# A folder is a layer: a target with an include directory of its own, in which nothing but that folder can be found. What
# it may include is what it uses; a header of any other layer is not there. docs/architecture.md has the picture, and
# Style.ForbiddenIncludesAreNotFound tries.
#
# ahbm_layer(FOLDER [QUICK] [PARTS ...] [USES FOLDER ...] [PLAIN ...] [SOURCES ...])
#   PLAIN    sources without a sight of SystemC, so that they cannot come to depend on it
#   SOURCES  those with
#   QUICK    runs once per command: time to compile counts
#   PARTS    what of the folder belongs to it, if folders in it are layers of their own

# Options of all layers; precompiled headers are shared between targets of the same options.
add_library(ahbm_plain_options INTERFACE)
target_include_directories(ahbm_plain_options SYSTEM BEFORE INTERFACE ${CMAKE_SOURCE_DIR}/cmake/no_systemc)
add_library(ahbm_layer_options INTERFACE)
target_link_libraries(ahbm_layer_options INTERFACE ahbm_options Eigen3::Eigen yaml-cpp fmt::fmt spdlog::spdlog
  nlohmann_json::nlohmann_json CLI11::CLI11 Threads::Threads Boost::context)
target_include_directories(ahbm_layer_options SYSTEM INTERFACE ${PROTOZERO_INCLUDE_DIR})
target_compile_definitions(ahbm_layer_options INTERFACE AHBM_SYSTEMC_VERSION="${SystemC_VERSION}"
  AHBM_VERSION="${PROJECT_VERSION}" AHBM_SOURCE_CONFIGS="${PROJECT_SOURCE_DIR}/configs")

# Others' headers, parsed once. None of ours: a cached precompiled header knows them by their times, which Git changes.
set(common_headers <boost/container/small_vector.hpp> <fmt/format.h> <nlohmann/json.hpp> <algorithm> <functional> <map> <optional> <string> <vector>)
set(systemc_headers <systemc> <tlm> <tlm_utils/simple_initiator_socket.h> <tlm_utils/simple_target_socket.h>)
function(ahbm_headers name)
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/headers.cpp)
  target_link_libraries(${name} PRIVATE ahbm_layer_options)
endfunction()
ahbm_headers(ahbm_headers_plain)
target_precompile_headers(ahbm_headers_plain PRIVATE ${common_headers})
foreach(kind systemc quick)
  ahbm_headers(ahbm_headers_${kind})
  target_link_libraries(ahbm_headers_${kind} PRIVATE SystemC::systemc)
  target_precompile_headers(ahbm_headers_${kind} PRIVATE ${common_headers} ${systemc_headers})
endforeach()
target_compile_options(ahbm_headers_quick PRIVATE $<$<CONFIG:Release>:-O1>)

function(ahbm_layer folder)
  cmake_parse_arguments(ARG "QUICK" "" "PARTS;USES;PLAIN;SOURCES" ${ARGN})
  string(REPLACE / _ name ahbm_${folder})
  set(root ${CMAKE_BINARY_DIR}/layers/${name})
  if(ARG_PARTS)
    file(MAKE_DIRECTORY ${root}/${folder})
    foreach(part ${ARG_PARTS})
      file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder}/${part} ${root}/${folder}/${part} SYMBOLIC)
    endforeach()
  else()
    cmake_path(GET folder PARENT_PATH parent)
    file(MAKE_DIRECTORY ${root}/${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${root}/${folder} SYMBOLIC)
  endif()
  add_library(${name} INTERFACE)
  target_include_directories(${name} INTERFACE ${root})
  foreach(used ${ARG_USES})
    string(REPLACE / _ below ahbm_${used})
    if(NOT TARGET ${below})
      message(FATAL_ERROR "${folder} uses ${used}, which is not below it (the order is CMakeLists.txt's)")
    endif()
    target_link_libraries(${name} INTERFACE ${below})
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/layers/${name}.dirs
    CONTENT "${folder}\n$<JOIN:$<REMOVE_DUPLICATES:$<TARGET_PROPERTY:${name},INTERFACE_INCLUDE_DIRECTORIES>>,\n>\n" TARGET ${name})
  set_property(GLOBAL APPEND PROPERTY AHBM_LAYERS ${name})

  if(ARG_PLAIN)
    add_library(${name}_plain OBJECT ${ARG_PLAIN})
    target_link_libraries(${name}_plain PRIVATE ${name} ahbm_plain_options ahbm_layer_options)
    target_precompile_headers(${name}_plain REUSE_FROM ahbm_headers_plain)
    target_sources(ahbm PRIVATE $<TARGET_OBJECTS:${name}_plain>)
  endif()
  if(ARG_SOURCES)
    set(kind systemc)
    if(ARG_QUICK)
      set(kind quick)
    endif()
    add_library(${name}_objects OBJECT ${ARG_SOURCES})
    target_link_libraries(${name}_objects PRIVATE ${name} ahbm_layer_options SystemC::systemc)
    if(ARG_QUICK)
      target_compile_options(${name}_objects PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    target_precompile_headers(${name}_objects REUSE_FROM ahbm_headers_${kind})
    target_sources(ahbm PRIVATE $<TARGET_OBJECTS:${name}_objects>)
  endif()
endfunction()
