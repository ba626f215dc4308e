# SPDX-License-Identifier: Apache-2.0
find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
  message(FATAL_ERROR "The HTML report needs Node.js and npm to be built: install the packages nodejs and npm.")
endif()

# ahbm_npm(SOURCE DESTINATION): what SOURCE/package-lock.json names comes to DESTINATION/node_modules when something built
# depends on DESTINATION/node_modules/.package-lock.json. Packages are checked against the lock; none of their scripts run.
function(ahbm_npm source destination)
  add_custom_command(OUTPUT ${destination}/node_modules/.package-lock.json
    COMMAND ${CMAKE_COMMAND} -E copy ${source}/package.json ${source}/package-lock.json ${destination}
    COMMAND ${NPM} --prefix ${destination} --silent --no-audit --no-fund --ignore-scripts ci
    COMMAND ${CMAKE_COMMAND} -E touch ${destination}/node_modules/.package-lock.json
    DEPENDS ${source}/package.json ${source}/package-lock.json COMMENT "Fetching what ${source}/package.json names" VERBATIM)
endfunction()
