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
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/mcp-auth
    MCP_AUTH_MANIFEST "${ARG_MANIFEST}" MCP_AUTH_SCHEMA "${ARG_SCHEMA}")
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

# mcp_auth_install_plugin(<target>): installs what mcp_auth_add_plugin made where a host with the same
# prefix finds it. The manifest names the library relative to itself, so the whole may be moved, and the
# hash is of the installed file: after it was stripped (`cmake --install --strip`, CPACK_STRIP_FILES).
function(mcp_auth_install_plugin target)
  include(GNUInstallDirs)
  set(libraries ${CMAKE_INSTALL_FULL_LIBDIR}/mcp-auth)
  set(manifests ${CMAKE_INSTALL_FULL_DATADIR}/mcp-auth/plugins.d)
  file(RELATIVE_PATH to_libraries ${manifests} ${libraries})
  get_target_property(manifest ${target} MCP_AUTH_MANIFEST)
  get_target_property(schema ${target} MCP_AUTH_SCHEMA)
  get_filename_component(name ${manifest} NAME)
  set(filled ${CMAKE_CURRENT_BINARY_DIR}/installed-manifests)
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/mcp-auth)
  install(CODE "
    execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND \"${CMAKE_COMMAND}\" \"-DTEMPLATE=${manifest}\"
      \"-DLIBRARY=\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/mcp-auth/$<TARGET_FILE_NAME:${target}>\"
      \"-DPATH=${to_libraries}/$<TARGET_FILE_NAME:${target}>\" \"-DDIRECTORY=${filled}\"
      -P \"${CMAKE_CURRENT_FUNCTION_LIST_DIR}/fill_manifest.cmake\")")
  install(FILES ${filled}/${name} ${schema} DESTINATION ${CMAKE_INSTALL_DATADIR}/mcp-auth/plugins.d)
endfunction()
