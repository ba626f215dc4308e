# SPDX-License-Identifier: Apache-2.0
# For ahbm_npm(): NPM fetches what SOURCE names into DESTINATION, whole or not at all. Not having it is no error.
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${DESTINATION})
execute_process(COMMAND ${NPM} --prefix ${DESTINATION} --silent --no-audit --no-fund --ignore-scripts ci
  RESULT_VARIABLE failed)
if(failed)
  file(REMOVE_RECURSE ${DESTINATION}/node_modules)
else()
  file(TOUCH ${DESTINATION}/node_modules/.package-lock.json)
endif()
