# SPDX-License-Identifier: Apache-2.0
# What npm fetches is fetched when it is built, never when the build is configured; without it everything else builds.
option(AHBM_REPORT "Build the page of the HTML report, which needs Node.js and npm" ON)
find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(AHBM_REPORT AND (NOT NODE OR NOT NPM))
  message(STATUS "Not built: the page of the HTML report, for want of Node.js and npm")
  set(AHBM_REPORT OFF)
endif()

# ahbm_npm(SOURCE DESTINATION): what SOURCE/package-lock.json names comes to DESTINATION/node_modules when something built
# depends on DESTINATION/node_modules/.package-lock.json. Packages are checked against the lock; none of their scripts
# run. If they cannot be fetched, that file is not there, the build goes on, and the next one tries again.
function(ahbm_npm source destination)
  add_custom_command(OUTPUT ${destination}/node_modules/.package-lock.json
    COMMAND ${CMAKE_COMMAND} -DNPM=${NPM} -DSOURCE=${source} -DDESTINATION=${destination}
      -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/fetch_packages.cmake
    DEPENDS ${source}/package.json ${source}/package-lock.json COMMENT "Fetching what ${source}/package.json names" VERBATIM)
endfunction()
