# mcp_auth_add_plugin(TARGET <target> SOURCES <file>... MANIFEST <template> [SCHEMA <file>]
#                     [OUTPUT_DIRECTORY <dir>])
#
# A plugin module: hidden visibility, a version script that lets only the entry through, every
# symbol resolved at link time, and a manifest beside it that names the library and its hash.
function(mcp_auth_add_plugin)
  cmake_parse_arguments(ARG "" "TARGET;MANIFEST;SCHEMA;OUTPUT_DIRECTORY" "SOURCES" ${ARGN})
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(ARG_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/share/mcp-auth/plugins.d)
  endif()
  add_library(${ARG_TARGET} MODULE ${ARG_SOURCES})
  set_target_properties(${ARG_TARGET} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mcp_auth.version;${ARG_MANIFEST};${ARG_SCHEMA}"
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/mcp-auth)
  target_link_libraries(${ARG_TARGET} PRIVATE mcp_auth::plugin_api)
  target_link_options(${ARG_TARGET} PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mcp_auth.version)
  if(NOT MCP_AUTH_SANITIZE)
    target_link_options(${ARG_TARGET} PRIVATE -Wl,-z,defs -Wl,-z,relro -Wl,-z,now)
  endif()
  if(ARG_MANIFEST)
    add_custom_command(TARGET ${ARG_TARGET} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -DTEMPLATE=${ARG_MANIFEST} -DLIBRARY=$<TARGET_FILE:${ARG_TARGET}>
              -DSCHEMA=${ARG_SCHEMA} -DDIRECTORY=${ARG_OUTPUT_DIRECTORY}
              -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/fill_manifest.cmake
      VERBATIM)
  endif()
endfunction()
