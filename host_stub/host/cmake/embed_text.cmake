# mcp_auth_embed_text(FILE OUT): OUT is FILE as a C++ raw string literal, to be #included.
function(mcp_auth_embed_text file out)
  file(READ ${file} text)
  file(CONFIGURE OUTPUT ${out} CONTENT "R\"embedded(@text@)embedded\"" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
