# find_package(mcp_auth CONFIG REQUIRED [COMPONENTS plugin_api host])
#
#   mcp_auth::plugin_api       the contract and its C++ kit, for plugins: headers alone
#   mcp_auth::host             the library that an MCP host links
#   mcp_auth_add_plugin()      a plugin's module and its manifest (mcp_auth_add_plugin.cmake)
#   mcp_auth_install_plugin()  both, where a host finds them
include(${CMAKE_CURRENT_LIST_DIR}/mcp_auth-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/mcp_auth_add_plugin.cmake)

foreach(component IN LISTS ${CMAKE_FIND_PACKAGE_NAME}_FIND_COMPONENTS)
  if(TARGET mcp_auth::${component})
    set(${CMAKE_FIND_PACKAGE_NAME}_${component}_FOUND TRUE)
  elseif(${CMAKE_FIND_PACKAGE_NAME}_FIND_REQUIRED_${component})
    set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
    set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "mcp_auth has no component ${component}: plugin_api, host")
  endif()
endforeach()
